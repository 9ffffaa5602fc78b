//! What can be wrong with a model, for the person who configured it.

/// Why two files can't be used as a classifier. Each text completes the sentence
/// "the model …" or "the tokenizer …" and says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// The tokenizer can't be read or doesn't work.
    #[error(
        "isn't a tokenizer.json of Hugging Face's tokenizers ({0}): name the file that the export \
         wrote beside the model, of the same model"
    )]
    Tokenizer(String),
    /// The tokenizer adds more tokens of its own than are looked at.
    #[error("{max_tokens} tokens leave no room for text: the tokenizer itself adds {added}")]
    TooFewTokens {
        /// The setting.
        max_tokens: usize,
        /// Tokens that the tokenizer puts around a text.
        added: usize,
    },
    /// The model fails at a text that is as long as is allowed.
    #[error(
        "{max_tokens} tokens are more than the model can read ({detail}): set the number that it \
         was trained with"
    )]
    TooManyTokens {
        /// The setting.
        max_tokens: usize,
        /// The runtime's own words.
        detail: String,
    },
    /// The model isn't an ONNX file.
    #[error("isn't an ONNX model ({0}): export it again as docs/onnx.md shows")]
    NotOnnx(String),
    /// The weights are in a file of their own, which bytes can't name.
    #[error(
        "keeps its weights in another file ({0}): save it as one file, \
         onnx.save(onnx.load(\"model.onnx\"), \"one.onnx\")"
    )]
    ExternalWeights(String),
    /// Operators that the runtime doesn't have.
    #[error(
        "uses operators that aren't supported here ({0}): export it without quantisation or \
         fusion and with an older operator set, --opset 14"
    )]
    Operators(String),
    /// The inputs aren't those of a text classifier.
    #[error(
        "takes the inputs {0}: input_ids, and if need be attention_mask and token_type_ids, each \
         [texts, tokens] of whole numbers, are what can be given"
    )]
    Inputs(String),
    /// The output isn't one row a text.
    #[error(
        "gives {found} for {texts} texts where [texts, labels] is needed: export it as a text \
         classifier, --task text-classification"
    )]
    Shape {
        /// The shape found.
        found: String,
        /// Texts that were given.
        texts: usize,
    },
    /// Another number of outputs than of labels.
    #[error(
        "has {outputs} outputs, but {labels} labels are named: name one for each, in its order"
    )]
    Labels {
        /// Outputs of the model.
        outputs: usize,
        /// Labels in the settings.
        labels: usize,
    },
    /// The runtime can't prepare or run it.
    #[error("doesn't run here ({0}): export it again as docs/onnx.md shows")]
    Run(String),
}

impl LoadError {
    /// The setting at fault: the last part of its key.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Tokenizer(_) => "tokenizer",
            Self::TooFewTokens { .. } | Self::TooManyTokens { .. } => "max_tokens",
            Self::Labels { .. } => "labels",
            Self::NotOnnx(_)
            | Self::ExternalWeights(_)
            | Self::Operators(_)
            | Self::Inputs(_)
            | Self::Shape { .. }
            | Self::Run(_) => "model",
        }
    }
}

/// Why some texts couldn't be classified. They keep the score they have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// The tokenizer failed.
    #[error("the tokenizer failed: {0}")]
    Tokenizer(String),
    /// The runtime failed, an index out of the vocabulary for example.
    #[error("the model failed: {0}")]
    Model(String),
    /// An output is infinite or not a number.
    #[error("the model put out something that isn't a number")]
    NotFinite,
}
