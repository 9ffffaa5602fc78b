//! What a ring holds of its minutes, as narrow as the counts allow.

use crate::scan::Counts;

/// Minutes with mentions that are held one by one; beyond that all have their cells. They
/// are searched one after the other, and take a sixth of what all do.
const FEW: usize = 16;

/// Negatives and mentions of each minute, by slot.
#[derive(Debug, Clone)]
pub(super) enum Cells {
    /// All are empty.
    None,
    /// A few aren't: the slot, negatives and mentions of each, in no order.
    Few(Vec<[u8; 3]>),
    Bytes(Box<[[u8; 2]]>),
    Shorts(Box<[[u16; 2]]>),
    Words(Box<[[u32; 2]]>),
}

impl Cells {
    /// The minutes with mentions, where there are few: slot, negatives and mentions.
    pub(super) fn few(&self) -> Option<&[[u8; 3]]> {
        match self {
            Self::None => Some(&[]),
            Self::Few(few) => Some(few),
            _ => None,
        }
    }

    pub(super) fn are_few(&self) -> bool {
        self.few().is_some()
    }

    pub(super) fn get(&self, slot: usize) -> Counts {
        match self {
            Self::None => Counts::default(),
            Self::Few(few) => {
                let found = few.iter().find(|few| usize::from(few[0]) == slot);
                found.map_or(Counts::default(), |few| counts_of([few[1], few[2]]))
            }
            Self::Bytes(cells) => counts_of(cells[slot]),
            Self::Shorts(cells) => counts_of(cells[slot]),
            Self::Words(cells) => counts_of(cells[slot]),
        }
    }

    /// Sets the cell, and widens all `length` of them first if the counts need it.
    pub(super) fn set(&mut self, slot: usize, counts: Counts, length: u16) {
        loop {
            let is_set = match self {
                Self::None => false,
                Self::Few(few) => set_one_of(few, slot, counts),
                Self::Bytes(cells) => set_cell(cells, slot, counts),
                Self::Shorts(cells) => set_cell(cells, slot, counts),
                Self::Words(cells) => set_cell(cells, slot, counts),
            };
            if is_set {
                return;
            }
            *self = match self {
                Self::None => Self::Few(Vec::new()),
                Self::Few(few) => Self::Bytes(all_of(few, length)),
                Self::Bytes(cells) => Self::Shorts(wider(cells)),
                Self::Shorts(cells) => Self::Words(wider(cells)),
                Self::Words(_) => return, // counts are words themselves
            };
        }
    }

    /// Sum over the slots from `first` to `last`, over the end if `last` lies before.
    pub(super) fn sum(&self, first: usize, last: usize) -> Counts {
        match self {
            Self::None => Counts::default(),
            Self::Few(few) => {
                let mut sum = Counts::default();
                for &[slot, negative, total] in few {
                    let slot = usize::from(slot);
                    let is_within = match first <= last {
                        true => (first..=last).contains(&slot),
                        false => slot >= first || slot <= last,
                    };
                    if is_within {
                        sum.add(counts_of([negative, total]));
                    }
                }
                sum
            }
            Self::Bytes(cells) => sum_around(cells, first, last),
            Self::Shorts(cells) => sum_around(cells, first, last),
            Self::Words(cells) => sum_around(cells, first, last),
        }
    }
}

fn counts_of<T: Into<u32>>([negative, total]: [T; 2]) -> Counts {
    Counts {
        negative: negative.into(),
        total: total.into(),
    }
}

/// Whether the counts fit into the cells, and are set.
fn set_cell<T: TryFrom<u32>>(cells: &mut [[T; 2]], slot: usize, counts: Counts) -> bool {
    let (Ok(negative), Ok(total)) = (T::try_from(counts.negative), T::try_from(counts.total))
    else {
        return false;
    };
    cells[slot] = [negative, total];
    true
}

/// Whether the counts fit among the few, and are set.
fn set_one_of(few: &mut Vec<[u8; 3]>, slot: usize, counts: Counts) -> bool {
    let at = few.iter().position(|few| usize::from(few[0]) == slot);
    if counts == Counts::default() {
        at.map(|at| few.swap_remove(at));
        return true;
    }
    let (Ok(slot), Ok(negative), Ok(total)) = (
        u8::try_from(slot),
        u8::try_from(counts.negative),
        u8::try_from(counts.total),
    ) else {
        return false;
    };
    match at {
        Some(at) => few[at] = [slot, negative, total],
        None if few.len() < FEW => {
            if few.len() == few.capacity() {
                few.reserve_exact(FEW / 2);
            }
            few.push([slot, negative, total]);
        }
        None => return false,
    }
    true
}

/// All `length` cells, of which few aren't empty.
fn all_of(few: &[[u8; 3]], length: u16) -> Box<[[u8; 2]]> {
    let mut cells = vec![[0; 2]; usize::from(length)];
    for &[slot, negative, total] in few {
        cells[usize::from(slot)] = [negative, total];
    }
    cells.into()
}

fn wider<N: Copy, W: From<N>>(cells: &[[N; 2]]) -> Box<[[W; 2]]> {
    cells.iter().map(|cell| cell.map(W::from)).collect()
}

fn sum_around<T: Copy + Into<u32>>(cells: &[[T; 2]], first: usize, last: usize) -> Counts {
    let (early, late) = if first <= last {
        (&cells[first..=last], &cells[..0])
    } else {
        (&cells[first..], &cells[..=last])
    };
    let mut sum = Counts::default();
    for &cell in early.iter().chain(late) {
        sum.add(counts_of(cell));
    }
    sum
}
