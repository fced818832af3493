import ModelLoading
import TestSupport
import Testing

/// What a .tflite file may not say, and the sentence that refuses it.
@Suite struct TFLiteRefusalTests {
  struct Refusal: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let file: TFLiteBytes
    let sentence: String

    init(_ name: String, _ file: TFLiteBytes, _ sentence: String) {
      (testDescription, self.file, self.sentence) = (name, file, sentence)
    }

    /// The int8 sample with something changed.
    init(_ name: String, _ sentence: String, _ change: (inout TFLiteBytes) -> Void) {
      self.init(name, TFLiteSamples.int8(change), sentence)
    }
  }

  private static let structure = [
    Refusal("another version", "its format has version 2") { $0.version = 2 },
    Refusal("an input of no tensor", "input 77: there is no such tensor") { $0.inputs = [77] },
    Refusal("a constant input", "input w: it is a constant") { $0.inputs = [0, 1] },
    Refusal("an input twice", "input x: it is an input twice") { $0.inputs = [0, 0] },
    Refusal("a negative output", "output -4: there is no such tensor") { $0.outputs = [-4] },
    Refusal("no output", "it has no output") { $0.outputs = [] },
    Refusal("an output twice", "output y: it is an output twice") { $0.outputs = [9, 9] },
    Refusal("an output that nothing makes", "output w: nothing makes it") { $0.outputs = [1] },
    Refusal("a tensor before it is made", "node MAX_POOL_2D_0 (MAX_POOL_2D): it reads c") {
      $0.operators.swapAt(0, 1)
    },
    Refusal("a tensor of none", "it reads tensor 1000 of 10") { $0.operators[0].inputs[1] = 1000 },
    Refusal("an output of none", "its output is tensor -1 of 10") { $0.operators[0].outputs = [-1] },
    Refusal("an output that is an input", "its output x is there already") { $0.operators[0].outputs = [0] },
    Refusal("an output that is a constant", "its output w is there already") {
      $0.operators[0].outputs = [1]
    },
    Refusal("an output made twice", "its output c is there already") { $0.operators[1].outputs = [3] },
    Refusal("too few inputs", "it has 1 inputs, and takes 2 or more") { $0.operators[0].inputs = [0] },
    Refusal("too many outputs", "it has 2 outputs, and gives 1") {
      $0.tensors.append(TFLiteTensorBytes("more", [1]))
      $0.operators[0].outputs = [3, 10]
    },
    Refusal("weights left out", "an input that it needs is left out") { $0.operators[0].inputs[1] = -1 },
  ]

  private static let tensors = [
    Refusal("a negative size", "tensor x: its shape [1, -4, 4, 1]") { $0.tensors[0].shape[1] = -4 },
    Refusal("a size of zero", "tensor x: its shape [1, 0, 4, 1]") { $0.tensors[0].shape[1] = 0 },
    Refusal("a product too large", "its shape [2147483647, 2147483647, 2147483647]") {
      $0.tensors[0].shape = [2_147_483_647, 2_147_483_647, 2_147_483_647]
    },
    Refusal("too many axes", "its shape [1, 1, 1, 1, 1, 1, 1, 1, 1]") {
      $0.tensors[0].shape = [Int](repeating: 1, count: 9)
    },
    Refusal("an unknown type", "its elements are of type 99") { $0.tensors[0].type = 99 },
    Refusal("no such buffer", "there is no buffer 77 of") { $0.tensors[0].more[2] = .int32(77) },
    Refusal("data too short", "asks for 1 bytes each, and it has 17 bytes") {
      $0.tensors[1].data?.removeLast()
    },
    Refusal("data of another type", "asks for 4 bytes each, and it has 18 bytes") { $0.tensors[1].type = 0 },
    Refusal("too many scales", "3 scales are neither one nor one for each position of axis 0") {
      ($0.tensors[1].scales, $0.tensors[1].zeroPoints) = ([1, 1, 1], [0, 0, 0])
    },
    Refusal("an axis of none", "2 scales are neither one") { $0.tensors[1].axis = 4 },
    Refusal("zero points of another number", "it has 2 scales and 1 zero points") {
      $0.tensors[1].zeroPoints = [0]
    },
    Refusal("a scale of zero", "its scale 0.0 is not above 0") { $0.tensors[1].scales[1] = 0 },
    Refusal("an infinite scale", "its scale inf is not above 0") { $0.tensors[1].scales[0] = .infinity },
    Refusal("a scale that is no number", "its scale nan is not") { $0.tensors[0].scales[0] = .nan },
    Refusal("a zero point beyond the type", "its zero point 128 is none of INT8") {
      $0.tensors[0].zeroPoints = [128]
    },
    Refusal("weights with a zero point", "the zero points of its weights w are not all 0") {
      $0.tensors[1].zeroPoints = [0, 1]
    },
    Refusal("scales along an axis of what is computed", "has one for each position of an axis") {
      ($0.tensors[3].scales, $0.tensors[3].zeroPoints, $0.tensors[3].axis) = ([1, 1], [0, 0], 3)
    },
    Refusal("no scale", "it is of INT8 and has no scale") {
      ($0.tensors[3].scales, $0.tensors[3].zeroPoints) = ([], [])
    },
    Refusal("a variable", "keeps state from one call to the next") { $0.tensors[0].more[5] = .byte(1) },
    Refusal("sparse", "convert the model without sparse encoding") {
      $0.tensors[1].more[6] = .table(FlatTable())
    },
    Refusal("uint8", "the older kind of quantization") {
      ($0.tensors[0].type, $0.tensors[0].zeroPoints) = (3, [1])
    },
    Refusal("int16", "activations of 16 bits are not read") { $0.tensors[3].type = 7 },
    Refusal("a text", "it is of STRING") { $0.tensors[3].type = 5 },
    Refusal("four bits", "its data are INT4") { $0.tensors[1].type = 17 },
  ]

  private static let options = [
    Refusal("a stride of zero", "its strides [1, 0]") { $0.operators[0].options[1] = .int32(0) },
    Refusal("a negative stride", "its strides [-1, 1]") { $0.operators[0].options[2] = .int32(-1) },
    Refusal("a dilation of zero", "its dilations [0, 1]") { $0.operators[0].options[5] = .int32(0) },
    Refusal("a filter of zero", "its filters [2, 0]") { $0.operators[1].options[3] = .int32(0) },
    Refusal("an unknown padding", "there is no padding 2") { $0.operators[0].options[0] = .int8(2) },
    Refusal("a fused tanh", "the fused activation TANH is not read") {
      $0.operators[0].options[3] = .int8(4)
    },
    Refusal("options of another operator", "its options are of kind 5, not of kind 1") {
      $0.operators[0].optionsType = 5
    },
    Refusal("shuffled weights", "its weights are shuffled") { $0.operators[3].options[1] = .int8(1) },
    Refusal("no beta", "its beta 0.0 is not above 0") { $0.operators[4].options = [:] },
    Refusal("an infinite beta", "its option inf is no number") {
      $0.operators[4].options[0] = .float(.infinity)
    },
    Refusal("options left out", "its strides [0, 0]") { $0.operators[0].optionsType = 0 },
    Refusal(
      "a block of zero", TFLiteSamples.one(26, x: [1, 4, 4, 1], y: [1, 2, 2, 4], optionsType: 19),
      "a block of 0 is not possible"),
    Refusal(
      "an unknown mirror",
      TFLiteSamples.one(
        100, x: [1, 4], y: [1, 6], [.ints("p", [0, 0, 1, 1], shape: [2, 2])], optionsType: 77, [0: .int8(2)]),
      "there is no mode 2"),
  ]

  private static func named(_ code: Int, custom: String = "") -> TFLiteBytes {
    TFLiteSamples.one(code, x: [1, 4], y: [1, 4], custom: custom)
  }

  private static let operators = [
    Refusal("Vela", named(32, custom: "ethos-u"), "give the one that Vela took"),
    Refusal(
      "Flex", named(32, custom: "FlexErf"), "CUSTOM FlexErf (node CUSTOM FlexErf_0) (Flex operators are"),
    Refusal("custom", named(32, custom: "Mine"), "the operator CUSTOM Mine"),
    Refusal("LSTM", named(16), "the operator LSTM (node LSTM_0) (export recurrent layers unrolled"),
    Refusal("a sequence LSTM", named(44), "UNIDIRECTIONAL_SEQUENCE_LSTM"),
    Refusal("SVDF", named(27), "SVDF"),
    Refusal("IF", named(118), "the operator IF"),
    Refusal("WHILE", named(119), "the operator WHILE (node WHILE_0) (export recurrent"),
    Refusal("a variable", named(143), "x is no variable"),
    Refusal("CALL_ONCE", named(129), "it has 1 inputs"),
    Refusal("DENSIFY", named(124), "DENSIFY"),
    Refusal("no operator", named(4000), "operator 4000, which the schema does not name"),
    Refusal("a negative operator", named(-3), "operator -3, which"),
  ]

  @Test(arguments: structure + tensors + options + operators) func refusals(refusal: Refusal) throws {
    let sentence = try #require(refusal.file.refusal()?.sentence)
    #expect(sentence.contains(refusal.sentence), "\(sentence)")
  }

  @Test func oneRefusalListsEverything() throws {
    var file = TFLiteSamples.int8 {
      $0.tensors[7].zeroPoints = [3]
      $0.operators[1].options[1] = .int32(0)
      $0.operators[4].code = 47
      $0.operators[4].optionsType = 0
    }
    file.bodies = [[TFLiteOperatorBytes(31, [], [])], [TFLiteOperatorBytes(0, [], [])]]
    guard case .needs(let needs)? = file.refusal() else {
      Issue.record("it is read")
      return
    }
    #expect(needs.operators.map(\.operator) == ["EXP", "CALL"])
    #expect(needs.operators[1].holder == "subgraph 1" && needs.faults.count == 2)
  }

  /// A tensor that nothing uses may be anything.
  @Test func onlyWhatIsUsedMatters() throws {
    let file = TFLiteSamples.int8 { $0.tensors.append(TFLiteTensorBytes("text", [0, -1], type: 5)) }
    #expect(try file.model().tensors.count == 11)
  }
}
