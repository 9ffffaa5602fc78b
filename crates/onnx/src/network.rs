//! The ONNX file, prepared to run.

use std::any::Any;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tract_onnx::Onnx;
use tract_onnx::pb::{ModelProto, tensor_proto::DataLocation};
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::infer::Factoid;
use tract_onnx::tract_hir::internal::DimLike;

use crate::error::{LoadError, RunError};
use crate::tokens::{Grid, Words};

/// The output to take of a model that has several.
const LOGITS: &str = "logits";

/// What a model can be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Ids,
    Mask,
    /// All zero: there is no second sentence.
    Types,
}

impl Role {
    fn from_name(name: &str) -> Option<Self> {
        match name {
            "input_ids" => Some(Self::Ids),
            "attention_mask" => Some(Self::Mask),
            "token_type_ids" => Some(Self::Types),
            _ => None,
        }
    }
}

/// One input: what it is, and of which whole numbers.
#[derive(Debug, Clone, Copy)]
struct Input {
    role: Role,
    datum: DatumType,
}

/// Rows and columns that a plan is fixed to; free where `None`.
pub(crate) type Size = (Option<usize>, Option<usize>);

/// A network and the size it was planned for.
pub(crate) struct Network {
    plan: Arc<TypedRunnableModel>,
    inputs: Vec<Input>,
    /// Which output is taken.
    output: usize,
    size: Size,
    /// Numbers that it puts out for a text.
    width: usize,
}

/// A model that was read, with the sizes to try it in, the best one first.
pub(crate) struct Candidates {
    model: InferenceModel,
    inputs: Vec<Input>,
    output: usize,
    sizes: Vec<Size>,
}

impl Network {
    /// Reads a model file.
    ///
    /// # Errors
    /// It isn't ONNX, needs what the runtime doesn't have, or takes other inputs
    /// than a text classifier does.
    pub(crate) fn load(
        bytes: &[u8],
        batch: usize,
        max_tokens: usize,
    ) -> Result<Candidates, LoadError> {
        let onnx = tract_onnx::onnx().with_ignore_value_info(true);
        let proto = onnx
            .proto_model_for_read(&mut &*bytes)
            .map_err(|error| LoadError::NotOnnx(one_line(&error)))?;
        check_operators(&onnx, &proto)?;
        // A damaged graph can make the parser panic.
        let model = caught(|| onnx.model_for_proto_model(&proto)).map_err(LoadError::NotOnnx)?;
        let inputs = inputs_of(&model)?;
        let declared = declared_size(&model)?;
        let fixed = (
            Some(declared.0.unwrap_or(batch)),
            Some(declared.1.unwrap_or(max_tokens)),
        );
        let mut sizes = vec![declared, fixed];
        sizes.dedup();
        Ok(Candidates {
            output: output_of(&model)?,
            model,
            inputs,
            sizes,
        })
    }

    /// Numbers that it puts out for a text.
    pub(crate) const fn outputs(&self) -> usize {
        self.width
    }

    /// Rows and columns that it is fixed to, if it is.
    pub(crate) const fn size(&self) -> Size {
        self.size
    }

    /// Whether it is told what is padding.
    pub(crate) fn takes_mask(&self) -> bool {
        self.inputs.iter().any(|input| input.role == Role::Mask)
    }

    /// What it puts out for the first `texts` rows of the grid.
    ///
    /// # Errors
    /// It fails, or puts out something of another shape than at the start.
    pub(crate) fn run(&self, grid: &Grid, texts: usize) -> Result<Vec<Vec<f32>>, RunError> {
        let (shape, values) = self.outputs_of(grid).map_err(RunError::Model)?;
        if shape != [grid.rows, self.width] {
            return Err(RunError::Model(format!("it gave the shape {shape:?}")));
        }
        let rows = values.chunks_exact(self.width).take(texts);
        Ok(rows.map(<[f32]>::to_vec).collect())
    }

    /// Shape and numbers of the output. A panic of the runtime is an error.
    fn outputs_of(&self, grid: &Grid) -> Result<(Vec<usize>, Vec<f32>), String> {
        caught(|| {
            let inputs = self.inputs.iter().map(|input| tensor(*input, grid));
            let inputs: TractResult<TVec<TValue>> = inputs.collect();
            let outputs = self.plan.run(inputs?)?;
            let output = outputs[self.output].cast_to::<f32>()?;
            let view = output.to_plain_array_view::<f32>()?;
            Ok((view.shape().to_vec(), view.iter().copied().collect()))
        })
    }
}

impl Candidates {
    /// The model planned for the first size in which it runs over the samples, and
    /// gives one row a text.
    ///
    /// # Errors
    /// It doesn't run in any; the error is that of the first.
    pub(crate) fn proven(&self, words: &Words, samples: &[Vec<u32>]) -> Result<Network, LoadError> {
        let mut first_error = None;
        for &size in &self.sizes {
            match self.try_size(size, words, samples) {
                Ok(network) => return Ok(network),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        Err(first_error.unwrap_or_else(|| LoadError::Run("there is no size to try".to_owned())))
    }

    fn try_size(
        &self,
        size: Size,
        words: &Words,
        samples: &[Vec<u32>],
    ) -> Result<Network, LoadError> {
        let mut network = Network {
            plan: self.plan(size)?,
            inputs: self.inputs.clone(),
            output: self.output,
            size,
            width: 0,
        };
        let mut texts: Vec<&[u32]> = samples.iter().map(Vec::as_slice).collect();
        texts.truncate(size.0.unwrap_or(texts.len()));
        let grid = Grid::new(&texts, size, words.pad());
        let (shape, _) = network.outputs_of(&grid).map_err(LoadError::Run)?;
        match shape[..] {
            [rows, width] if rows == grid.rows && width > 0 => network.width = width,
            _ => {
                return Err(LoadError::Shape {
                    found: format!("{shape:?}"),
                    texts: grid.rows,
                });
            }
        }
        Ok(network)
    }

    fn plan(&self, size: Size) -> Result<Arc<TypedRunnableModel>, LoadError> {
        caught(|| {
            let mut model = self.model.clone();
            let rows = model.symbols.new_with_prefix("texts");
            let columns = model.symbols.new_with_prefix("tokens");
            let dim = |fixed: Option<usize>, free: Symbol| {
                fixed.map_or_else(|| TDim::from(free), |fixed| fixed.to_dim())
            };
            let shape = [dim(size.0, rows), dim(size.1, columns)];
            for (at, input) in self.inputs.iter().enumerate() {
                let fact = InferenceFact::dt_shape(input.datum, shape.iter().cloned());
                model.set_input_fact(at, fact)?;
            }
            model.into_optimized()?.into_runnable()
        })
        .map_err(LoadError::Run)
    }
}

/// Operators that aren't there would only fail when the model runs; weights in
/// another file would be looked for beside nothing.
fn check_operators(onnx: &Onnx, proto: &ModelProto) -> Result<(), LoadError> {
    let Some(graph) = proto.graph.as_ref().filter(|graph| !graph.node.is_empty()) else {
        return Err(LoadError::NotOnnx("it has no graph".to_owned()));
    };
    let external = DataLocation::External as i32;
    if let Some(tensor) = graph
        .initializer
        .iter()
        .find(|tensor| tensor.data_location == Some(external))
    {
        let location = tensor.external_data.iter().find(|e| e.key == "location");
        let location = location.map_or("", |entry| entry.value.as_str());
        return Err(LoadError::ExternalWeights(location.to_owned()));
    }
    let missing: BTreeSet<&str> = graph
        .node
        .iter()
        .map(|node| node.op_type.as_str())
        .filter(|name| !onnx.op_register.0.contains_key(*name))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let missing: Vec<&str> = missing.into_iter().collect();
    Err(LoadError::Operators(missing.join(", ")))
}

fn inputs_of(model: &InferenceModel) -> Result<Vec<Input>, LoadError> {
    let names = input_names(model);
    let wrong = || LoadError::Inputs(names.join(", "));
    let mut inputs = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let role = Role::from_name(name).ok_or_else(wrong)?;
        let fact = model.input_fact(at).map_err(|_| wrong())?;
        let datum = fact.datum_type.concretize().unwrap_or(DatumType::I64);
        if !matches!(datum, DatumType::I64 | DatumType::I32) || fact.shape.rank() != 2_i64.into() {
            return Err(wrong());
        }
        inputs.push(Input { role, datum });
    }
    if inputs.iter().any(|input| input.role == Role::Ids) {
        Ok(inputs)
    } else {
        Err(wrong())
    }
}

fn input_names(model: &InferenceModel) -> Vec<String> {
    let outlets = model.input_outlets().unwrap_or_default();
    let names = outlets.iter().map(|outlet| model.node(outlet.node));
    names.map(|node| node.name.clone()).collect()
}

/// The rows and columns that the file itself fixes.
fn declared_size(model: &InferenceModel) -> Result<Size, LoadError> {
    let mut size = (None, None);
    for at in 0..input_names(model).len() {
        let fact = model
            .input_fact(at)
            .map_err(|error| LoadError::NotOnnx(one_line(&error)))?;
        let dim = |axis: usize| {
            let dim = fact.shape.dim(axis)?.concretize()?;
            dim.to_usize().ok()
        };
        size = (size.0.or(dim(0)), size.1.or(dim(1)));
    }
    Ok(size)
}

/// The only output, or the one that exporters call `logits`.
fn output_of(model: &InferenceModel) -> Result<usize, LoadError> {
    let outlets = model.output_outlets().unwrap_or_default();
    let is_logits = |outlet: &OutletId| model.outlet_label(*outlet) == Some(LOGITS);
    match outlets {
        [_] => Ok(0),
        several => several
            .iter()
            .position(is_logits)
            .ok_or_else(|| LoadError::Shape {
                found: format!("{} outputs, none named {LOGITS},", several.len()),
                texts: 1,
            }),
    }
}

fn tensor(input: Input, grid: &Grid) -> TractResult<TValue> {
    let shape = [grid.rows, grid.columns];
    let tensor = match input.role {
        Role::Ids => Tensor::from_shape(&shape, &grid.ids)?,
        Role::Mask => Tensor::from_shape(&shape, &grid.mask)?,
        Role::Types => Tensor::zero::<i64>(&shape)?,
    };
    Ok(tensor.cast_to_dt(input.datum)?.into_owned().into_tvalue())
}

/// The result of a call into the runtime; a panic in it is an error like any other.
fn caught<T>(call: impl FnOnce() -> TractResult<T>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(result) => result.map_err(|error| one_line(&error)),
        Err(panic) => Err(panic_text(&*panic)),
    }
}

/// What a panic said.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("it panicked").to_owned()
}

/// An error with its causes, on one line of bearable length.
fn one_line(error: &TractError) -> String {
    /// Causes quote whole nodes, weights included.
    const MAX_CHARS: usize = 300;
    let text = format!("{error:#}").replace(char::is_whitespace, " ");
    let mut words: String = text.chars().take(MAX_CHARS).collect();
    if words.len() < text.len() {
        words.push('…');
    }
    words
}
