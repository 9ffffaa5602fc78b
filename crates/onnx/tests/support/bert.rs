//! BERT with random weights, node for node as PyTorch exports it, dynamic shapes
//! included.

use crate::support::{Dim, Graph, INT64, float, int, ints};

/// Sizes of a BERT.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bert {
    pub(crate) layers: usize,
    pub(crate) hidden: usize,
    pub(crate) heads: usize,
    pub(crate) vocabulary: usize,
    pub(crate) positions: usize,
    pub(crate) labels: usize,
}

/// A generator of Marsaglia's, good enough for weights that mean nothing.
struct Random(u64);

impl Random {
    fn weights(&mut self, count: usize, scale: f32) -> Vec<f32> {
        let mut next = || {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            let bytes = self.0.to_le_bytes();
            (f32::from(bytes[3]) - 127.5) / 128.0 * scale
        };
        (0..count).map(|_| next()).collect()
    }
}

struct Writer {
    graph: Graph,
    random: Random,
    sizes: Bert,
}

impl Bert {
    /// The ONNX file.
    pub(crate) fn into_model(self) -> Vec<u8> {
        let mut writer = Writer {
            graph: Graph::default(),
            random: Random(0x9e37_79b9_7f4a_7c15),
            sizes: self,
        };
        let dims = [Dim::Named("batch_size"), Dim::Named("sequence_length")];
        for name in ["input_ids", "attention_mask", "token_type_ids"] {
            writer.graph.input(name, INT64, &dims);
        }
        writer.constants();
        writer.embeddings();
        for layer in 0..self.layers {
            writer.attention(layer);
            writer.feed_forward(layer);
        }
        writer.classifier();
        writer.graph.output("logits");
        writer.graph.into_model()
    }
}

impl Writer {
    fn random(&mut self, name: &str, dims: &[usize]) {
        let values = self.random.weights(dims.iter().product(), 0.05);
        self.graph.floats(name, dims, &values);
    }

    fn constants(&mut self) {
        let Bert { hidden, heads, .. } = self.sizes;
        let long = |value: usize| i64::try_from(value).unwrap();
        let graph = &mut self.graph;
        for (name, value) in [("zero", 0), ("one", 1), ("two", 2)] {
            graph.ints(name, &[1], &[value]);
        }
        graph.ints("first", &[], &[0]);
        graph.ints("second", &[], &[1]);
        graph.ints("hidden", &[1], &[long(hidden)]);
        graph.ints("heads", &[1], &[long(heads)]);
        graph.ints("depth", &[1], &[long(hidden / heads)]);
        for (name, value) in [
            ("half", 0.5),
            ("unit", 1.0),
            ("square", 2.0),
            ("root_two", std::f32::consts::SQRT_2),
            ("small", 1e-12),
            ("hide", -10_000.0),
        ] {
            graph.floats(name, &[], &[value]);
        }
        let depth = u16::try_from(hidden / heads).unwrap();
        graph.floats("root_depth", &[], &[f32::from(depth).sqrt()]);
    }

    fn embeddings(&mut self) {
        let Bert {
            hidden,
            vocabulary,
            positions,
            ..
        } = self.sizes;
        self.random("words", &[vocabulary, hidden]);
        self.random("places", &[1, positions, hidden]);
        self.random("sorts", &[2, hidden]);
        let graph = &mut self.graph;
        graph.node("Shape", &["input_ids"], "shape", &[]);
        graph.node("Gather", &["shape", "first"], "rows_0", &[int("axis", 0)]);
        graph.node(
            "Gather",
            &["shape", "second"],
            "columns_0",
            &[int("axis", 0)],
        );
        graph.node("Unsqueeze", &["rows_0", "zero"], "rows", &[]);
        graph.node("Unsqueeze", &["columns_0", "zero"], "columns", &[]);
        graph.node("Slice", &["places", "zero", "columns", "one"], "place", &[]);
        graph.node("Gather", &["words", "input_ids"], "word", &[]);
        graph.node("Gather", &["sorts", "token_type_ids"], "sort", &[]);
        graph.node("Add", &["word", "sort"], "word_sort", &[]);
        graph.node("Add", &["word_sort", "place"], "embedded", &[]);
        graph.node("Unsqueeze", &["attention_mask", "one"], "mask_1", &[]);
        graph.node("Unsqueeze", &["mask_1", "two"], "mask_2", &[]);
        graph.node("Cast", &["mask_2"], "mask_3", &[int("to", 1)]);
        graph.node("Sub", &["unit", "mask_3"], "mask_4", &[]);
        graph.node("Mul", &["mask_4", "hide"], "mask", &[]);
        self.normalise("embedded", "x0");
    }

    /// A layer normalisation, written out.
    fn normalise(&mut self, from: &str, to: &str) {
        let hidden = self.sizes.hidden;
        let n = |part: &str| format!("{to}_{part}");
        self.graph.floats(&n("gain"), &[hidden], &vec![1.0; hidden]);
        self.graph.floats(&n("bias"), &[hidden], &vec![0.0; hidden]);
        let mean = [ints("axes", &[-1])];
        let graph = &mut self.graph;
        graph.node("ReduceMean", &[from], &n("mean"), &mean);
        graph.node("Sub", &[from, &n("mean")], &n("off"), &[]);
        graph.node("Pow", &[&n("off"), "square"], &n("off2"), &[]);
        graph.node("ReduceMean", &[&n("off2")], &n("variance"), &mean);
        graph.node("Add", &[&n("variance"), "small"], &n("safe"), &[]);
        graph.node("Sqrt", &[&n("safe")], &n("deviation"), &[]);
        graph.node("Div", &[&n("off"), &n("deviation")], &n("even"), &[]);
        graph.node("Mul", &[&n("even"), &n("gain")], &n("scaled"), &[]);
        graph.node("Add", &[&n("scaled"), &n("bias")], to, &[]);
    }

    fn dense(&mut self, from: &str, to: &str, size: [usize; 2]) {
        let n = |part: &str| format!("{to}_{part}");
        self.random(&n("weight"), &size);
        self.random(&n("bias"), &[size[1]]);
        self.graph
            .node("MatMul", &[from, &n("weight")], &n("product"), &[]);
        self.graph
            .node("Add", &[&n("bias"), &n("product")], to, &[]);
    }

    fn attention(&mut self, layer: usize) {
        let hidden = self.sizes.hidden;
        let n = |part: &str| format!("a{layer}_{part}");
        let input = format!("x{}", 2 * layer);
        let orders = [
            ("q", [0, 2, 1, 3]),
            ("k", [0, 2, 3, 1]),
            ("v", [0, 2, 1, 3]),
        ];
        let shape = ["rows", "columns", "heads", "depth"];
        self.graph
            .node("Concat", &shape, &n("split"), &[int("axis", 0)]);
        for (part, order) in orders {
            self.dense(&input, &n(part), [hidden, hidden]);
            let apart = n(&format!("{part}_apart"));
            self.graph
                .node("Reshape", &[&n(part), &n("split")], &apart, &[]);
            let turned = n(&format!("{part}_turned"));
            self.graph
                .node("Transpose", &[&apart], &turned, &[ints("perm", &order)]);
        }
        let graph = &mut self.graph;
        graph.node("MatMul", &[&n("q_turned"), &n("k_turned")], &n("raw"), &[]);
        graph.node("Div", &[&n("raw"), "root_depth"], &n("scaled"), &[]);
        graph.node("Add", &[&n("scaled"), "mask"], &n("masked"), &[]);
        graph.node(
            "Softmax",
            &[&n("masked")],
            &n("weights"),
            &[int("axis", -1)],
        );
        graph.node("MatMul", &[&n("weights"), &n("v_turned")], &n("heads"), &[]);
        graph.node(
            "Transpose",
            &[&n("heads")],
            &n("back"),
            &[ints("perm", &[0, 2, 1, 3])],
        );
        graph.node(
            "Concat",
            &["rows", "columns", "hidden"],
            &n("join"),
            &[int("axis", 0)],
        );
        graph.node("Reshape", &[&n("back"), &n("join")], &n("joined"), &[]);
        self.dense(&n("joined"), &n("out"), [hidden, hidden]);
        self.graph.node("Add", &[&n("out"), &input], &n("sum"), &[]);
        self.normalise(&n("sum"), &format!("x{}", 2 * layer + 1));
    }

    fn feed_forward(&mut self, layer: usize) {
        let hidden = self.sizes.hidden;
        let n = |part: &str| format!("f{layer}_{part}");
        let input = format!("x{}", 2 * layer + 1);
        self.dense(&input, &n("wide"), [hidden, 4 * hidden]);
        let graph = &mut self.graph;
        graph.node("Div", &[&n("wide"), "root_two"], &n("div"), &[]);
        graph.node("Erf", &[&n("div")], &n("erf"), &[]);
        graph.node("Add", &[&n("erf"), "unit"], &n("more"), &[]);
        graph.node("Mul", &[&n("wide"), &n("more")], &n("twice"), &[]);
        graph.node("Mul", &[&n("twice"), "half"], &n("gelu"), &[]);
        self.dense(&n("gelu"), &n("narrow"), [4 * hidden, hidden]);
        self.graph
            .node("Add", &[&n("narrow"), &input], &n("sum"), &[]);
        self.normalise(&n("sum"), &format!("x{}", 2 * layer + 2));
    }

    fn classifier(&mut self) {
        let Bert {
            layers,
            hidden,
            labels,
            ..
        } = self.sizes;
        let last = format!("x{}", 2 * layers);
        self.graph
            .node("Gather", &[&last, "first"], "head", &[int("axis", 1)]);
        self.random("pool_weight", &[hidden, hidden]);
        self.random("pool_bias", &[hidden]);
        self.random("label_weight", &[labels, hidden]);
        self.random("label_bias", &[labels]);
        let graph = &mut self.graph;
        graph.node(
            "Gemm",
            &["head", "pool_weight", "pool_bias"],
            "pooled",
            &[float("alpha", 1.0)],
        );
        graph.node("Tanh", &["pooled"], "tanh", &[]);
        let turned = [int("transB", 1)];
        graph.node(
            "Gemm",
            &["tanh", "label_weight", "label_bias"],
            "logits",
            &turned,
        );
    }
}

/// A `tokenizer.json` of `words` made-up words, `w0`, `w1` and so on.
pub(crate) fn tokenizer(words: usize) -> String {
    let entries: Vec<String> = (0..words).map(|n| format!("\"w{n}\": {}", n + 2)).collect();
    crate::support::TOKENIZER
        .split("\"vocab\"")
        .next()
        .map(|head| {
            format!(
                "{head}\"vocab\": {{\"[UNK]\": 0, \"[PAD]\": 1, {}}}}}}}",
                entries.join(", ")
            )
        })
        .unwrap_or_default()
}
