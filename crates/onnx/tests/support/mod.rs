//! ONNX files and tokenizers made on the spot.
//!
//! A file is a protobuf message; the few kinds of field that ONNX uses are written
//! here by hand, so that whoever includes this module needs no further crate.

/// Version of the operators that the models use.
const OPSET: i64 = 13;
/// `TensorProto.DataType`.
const FLOAT: i64 = 1;
/// `TensorProto.DataType`.
pub(crate) const INT64: i64 = 7;

/// A protobuf message under construction.
#[derive(Debug, Clone, Default)]
pub(crate) struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        self.0.push(value.to_le_bytes()[0]);
    }

    /// A whole number.
    #[must_use]
    pub(crate) fn int(mut self, field: u64, value: i64) -> Self {
        self.varint(field << 3);
        self.varint(value.cast_unsigned());
        self
    }

    /// A float of 32 bits.
    #[must_use]
    pub(crate) fn float(mut self, field: u64, value: f32) -> Self {
        self.varint(field << 3 | 5);
        self.0.extend(value.to_le_bytes());
        self
    }

    /// Bytes, a string or an inner message.
    #[must_use]
    pub(crate) fn bytes(mut self, field: u64, value: impl AsRef<[u8]>) -> Self {
        self.varint(field << 3 | 2);
        self.varint(value.as_ref().len() as u64);
        self.0.extend(value.as_ref());
        self
    }

    /// The file.
    #[must_use]
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl AsRef<[u8]> for Message {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// A graph under construction.
#[derive(Debug, Clone, Default)]
pub(crate) struct Graph {
    message: Message,
    count: usize,
}

/// A dimension of an input: fixed, or a name.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Dim {
    Fixed(i64),
    Named(&'static str),
}

impl Graph {
    /// Constant floats.
    pub(crate) fn floats(&mut self, name: &str, dims: &[usize], values: &[f32]) {
        assert_eq!(dims.iter().product::<usize>(), values.len(), "{name}");
        let raw: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        self.constant(name, dims, FLOAT, &raw);
    }

    /// Constant whole numbers.
    pub(crate) fn ints(&mut self, name: &str, dims: &[usize], values: &[i64]) {
        let raw: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        self.constant(name, dims, INT64, &raw);
    }

    fn constant(&mut self, name: &str, dims: &[usize], kind: i64, raw: &[u8]) {
        let tensor = tensor(name, dims, kind).bytes(9, raw);
        self.message = std::mem::take(&mut self.message).bytes(5, tensor);
    }

    /// A constant whose numbers are in another file.
    pub(crate) fn external(&mut self, name: &str, dims: &[usize], location: &str) {
        let entry = Message::default().bytes(1, "location").bytes(2, location);
        let tensor = tensor(name, dims, FLOAT).bytes(13, entry).int(14, 1);
        self.message = std::mem::take(&mut self.message).bytes(5, tensor);
    }

    /// An input of the model.
    pub(crate) fn input(&mut self, name: &str, kind: i64, dims: &[Dim]) {
        let info = value_info(name, kind, dims);
        self.message = std::mem::take(&mut self.message).bytes(11, info);
    }

    /// An output of the model.
    pub(crate) fn output(&mut self, name: &str) {
        let info = value_info(name, FLOAT, &[]);
        self.message = std::mem::take(&mut self.message).bytes(12, info);
    }

    /// A node with one output; `attributes` come from [`int`], [`ints`] and [`float`].
    pub(crate) fn node(&mut self, op: &str, inputs: &[&str], output: &str, attributes: &[Message]) {
        self.count += 1;
        let mut node = Message::default();
        for input in inputs {
            node = node.bytes(1, input);
        }
        node = node.bytes(2, output);
        node = node.bytes(3, format!("{op}_{}", self.count));
        node = node.bytes(4, op);
        for attribute in attributes {
            node = node.bytes(5, attribute);
        }
        self.message = std::mem::take(&mut self.message).bytes(1, node);
    }

    /// The file.
    #[must_use]
    pub(crate) fn into_model(self) -> Vec<u8> {
        let opset = Message::default().bytes(1, "").int(2, OPSET);
        let graph = self.message.bytes(2, "test");
        Message::default()
            .int(1, 8)
            .bytes(8, opset)
            .bytes(7, graph)
            .into_bytes()
    }
}

/// An attribute that is a whole number.
#[must_use]
pub(crate) fn int(name: &str, value: i64) -> Message {
    Message::default().bytes(1, name).int(3, value).int(20, 2)
}

/// An attribute that is a list of whole numbers.
#[must_use]
pub(crate) fn ints(name: &str, values: &[i64]) -> Message {
    let list = |message: Message, &value: &i64| message.int(8, value);
    let message = Message::default().bytes(1, name);
    values.iter().fold(message, list).int(20, 7)
}

/// An attribute that is a float.
#[must_use]
#[allow(dead_code, reason = "not every user of the module needs it")]
pub(crate) fn float(name: &str, value: f32) -> Message {
    Message::default().bytes(1, name).float(2, value).int(20, 1)
}

fn tensor(name: &str, dims: &[usize], kind: i64) -> Message {
    let mut tensor = Message::default();
    for &dim in dims {
        tensor = tensor.int(1, i64::try_from(dim).unwrap());
    }
    tensor.int(2, kind).bytes(8, name)
}

fn value_info(name: &str, kind: i64, dims: &[Dim]) -> Message {
    let mut shape = Message::default();
    for dim in dims {
        let dim = match dim {
            Dim::Fixed(value) => Message::default().int(1, *value),
            Dim::Named(name) => Message::default().bytes(2, name),
        };
        shape = shape.bytes(1, dim);
    }
    let mut tensor = Message::default().int(1, kind);
    if !dims.is_empty() {
        tensor = tensor.bytes(2, shape);
    }
    let kind = Message::default().bytes(1, tensor);
    Message::default().bytes(1, name).bytes(2, kind)
}

/// A model that knows the words *bad*, *fine* and *great*: each adds 4 to the logit of
/// its label.
#[derive(Debug, Clone)]
#[allow(dead_code, reason = "not every user of the module needs all of it")]
pub(crate) struct Tiny {
    /// Names of the inputs, ids first.
    pub(crate) inputs: Vec<&'static str>,
    /// Rows and columns of the inputs.
    pub(crate) dims: [Dim; 2],
    /// Number of labels: negative, neutral, positive, and more that are never right.
    pub(crate) labels: usize,
    /// What happens to the logits in the end.
    pub(crate) last: Last,
}

/// The last step of a [`Tiny`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "not every user of the module needs all of it")]
pub(crate) enum Last {
    /// Logits come out.
    Logits,
    /// Probabilities come out.
    Softmax,
    /// A row a token comes out, as from a model that isn't a classifier.
    RowPerToken,
    /// An operator that nobody knows.
    Unknown,
    /// One over zero.
    Infinite,
}

impl Default for Tiny {
    fn default() -> Self {
        Self {
            inputs: vec!["input_ids", "attention_mask"],
            dims: [Dim::Named("batch_size"), Dim::Named("sequence_length")],
            labels: 3,
            last: Last::Logits,
        }
    }
}

impl Tiny {
    /// The ONNX file.
    #[must_use]
    pub(crate) fn into_model(self) -> Vec<u8> {
        let mut graph = Graph::default();
        for name in &self.inputs {
            graph.input(name, INT64, &self.dims);
        }
        let labels = self.labels;
        let mut rows = vec![0.0; 5 * labels];
        // Padding would drown everything, were it not masked.
        rows[labels + 1] = 50.0;
        for (word, label) in [(2, 0), (3, 1), (4, 2)] {
            rows[word * labels + label] = 4.0;
        }
        graph.floats("embedding", &[5, labels], &rows);
        let ids = self.inputs.iter().find(|name| **name == "input_ids");
        let ids = ids.unwrap_or(&self.inputs[0]);
        graph.node("Gather", &["embedding", ids], "words", &[int("axis", 0)]);
        let mut last = "words";
        if self.inputs.contains(&"attention_mask") {
            graph.ints("two", &[1], &[2]);
            graph.node("Unsqueeze", &["attention_mask", "two"], "tall", &[]);
            graph.node("Cast", &["tall"], "mask", &[int("to", FLOAT)]);
            graph.node("Mul", &["words", "mask"], "masked", &[]);
            last = "masked";
        }
        if self.inputs.contains(&"token_type_ids") {
            graph.ints("two_more", &[1], &[2]);
            graph.node(
                "Unsqueeze",
                &["token_type_ids", "two_more"],
                "tall_types",
                &[],
            );
            graph.node("Cast", &["tall_types"], "types", &[int("to", FLOAT)]);
            graph.node("Add", &[last, "types"], "typed", &[]);
            last = "typed";
        }
        if self.last != Last::RowPerToken {
            graph.ints("one", &[1], &[1]);
            graph.node("ReduceSum", &[last, "one"], "pooled", &[int("keepdims", 0)]);
            last = "pooled";
        }
        match self.last {
            Last::Softmax => graph.node("Softmax", &[last], "logits", &[int("axis", -1)]),
            Last::Unknown => graph.node("Crystallise", &[last], "logits", &[]),
            Last::Infinite => {
                graph.floats("zero", &[1], &[0.0]);
                graph.node("Div", &[last, "zero"], "logits", &[]);
            }
            Last::Logits | Last::RowPerToken => graph.node("Identity", &[last], "logits", &[]),
        }
        graph.output("logits");
        graph.into_model()
    }
}

/// A `tokenizer.json` of the words that [`Tiny`] knows. *poison* has a number that no
/// model knows.
pub(crate) const TOKENIZER: &str = r#"{
  "version": "1.0", "truncation": null, "padding": null,
  "added_tokens": [{"id": 1, "content": "[PAD]", "single_word": false, "lstrip": false,
    "rstrip": false, "normalized": false, "special": true}],
  "normalizer": {"type": "Lowercase"}, "pre_tokenizer": {"type": "Whitespace"},
  "post_processor": null, "decoder": null,
  "model": {"type": "WordLevel", "unk_token": "[UNK]",
    "vocab": {"[UNK]": 0, "[PAD]": 1, "bad": 2, "fine": 3, "great": 4, "poison": 99}}
}"#;
