import ModelGraph
import TestSupport
import Testing

@testable import ModelLoading

/// LSTM and SVDF of int8: what they become, and which are not read.
struct TFLiteShortTests {
  @Test(arguments: [1, 3]) func anLSTMIsALayerOfAllFramesAndACellOfEach(frames: Int) throws {
    let graph = try TFLiteImporter.model(bytes: TFLiteBytes.lstm(frames: frames, limit: 2).encoded).graph
    let names = graph.nodes.map(\.operation.name)
    #expect(names.count { $0 == "dense" } == 1 + frames)
    #expect(names.count { $0 == "lstm-cell" } == frames && names.count { $0 == "lstm-output" } == frames)
    #expect(graph.states.map(\.name) == ["h", "c"])
    #expect(graph.foundStates.map { graph[$0].integers?.element } == [.int8, .int16])
    // All frames read one matrix.
    #expect(Set(graph.layers.map(\.weight)).count == 2)
    for node in graph.nodes {
      guard case .lstm(let lstm) = node.operation, lstm.part == .cell else { continue }
      #expect(lstm.limit == 2)
    }
  }

  @Test(arguments: [8, 16]) func anSVDFIsAWindowAndALayerOfGroups(bits: Int) throws {
    let graph = try TFLiteImporter.model(bytes: TFLiteBytes.svdf(bits: bits).encoded).graph
    #expect(graph.nodes.map(\.operation.name).filter { $0 != "reshape" } == ["dense", "slide", "convolution/2"])
    #expect(graph.foundStates.map { graph[$0].integers?.element } == [bits == 8 ? .int8 : .int16])
  }

  /// A change of a file that is read, and a part of what is said then.
  struct Refusal: CustomTestStringConvertible {
    let testDescription: String
    let file: TFLiteBytes
    let sentence: String

    init(_ name: String, _ file: TFLiteBytes, _ sentence: String, _ change: (inout TFLiteBytes) -> Void) {
      var file = file
      change(&file)
      (testDescription, self.file, self.sentence) = (name, file, sentence)
    }
  }

  private static let lstm = TFLiteBytes.lstm(frames: 2)

  private static let refusals = [
    Refusal("a cell of another scale", lstm, "its cell is of scale 0.3") { $0.tensors[14].scales = [0.3] },
    Refusal("a cell of a large scale", lstm, "powers of two from 2^-15 to 1") { $0.tensors[14].scales = [2] },
    Refusal("a cell of int8", lstm, "is not of [1, 2] INT16") { $0.tensors[14].type = 9 },
    Refusal("a cell that lasts not", lstm, "it reads c, which nothing makes") { $0.tensors[14].more = [:] },
    Refusal("no scale of what it gave", lstm, "has not one scale") { ($0.tensors[13].scales, $0.tensors[13].zeroPoints) = ([], []) },
    Refusal("matrices about 3", lstm, "its input 6 is not of one scale about 0") { $0.tensors[6].zeroPoints = [3] },
    Refusal("matrices of two scales", lstm, "its input 1 is not of one scale") {
      ($0.tensors[1].scales, $0.tensors[1].zeroPoints) = ([0.1, 0.2], [0, 0])
    },
    Refusal("biases of int64", lstm, "its input 12 is not a constant of [2] INT32") {
      $0.tensors[9].type = 4
      $0.tensors[9].data = [UInt8](repeating: 0, count: 16)
    },
    Refusal("another scale of what it gives", lstm, "another scale or zero point") { $0.tensors[15].scales = [0.5] },
    Refusal("a limit of nothing", TFLiteBytes.lstm(frames: 1, limit: 1e-6), "less than a step of its scale") { _ in },
    Refusal("inputs of int16", lstm, "of INT16 it is not read") { $0.tensors[0].type = 7 },
    Refusal("a state with a zero point", .svdf(bits: 8), "lets bytes run over") { $0.tensors[4].zeroPoints = [4] },
    Refusal("bytes along time of a state of int16", .svdf(bits: 16), "its weights along time are of INT8") {
      $0.tensors[2].type = 9
      $0.tensors[2].data = [UInt8](repeating: 1, count: 20)
    },
    Refusal("no biases", .svdf(bits: 16), "its input 3 is not a constant") { $0.operators[0].inputs[3] = -1 },
    Refusal("a rank that divides nothing", .svdf(bits: 8), "and rank 3") { $0.operators[0].options[0] = .int32(3) },
    Refusal("a rank of 0", .svdf(bits: 8), "and rank 0") { $0.operators[0].options[0] = .int32(0) },
    Refusal("weights along time about 1", .svdf(bits: 16), "its input 2 is not of int8 or int16 with one scale about 0") {
      $0.tensors[2].zeroPoints = [1]
    },
  ]

  @Test(arguments: refusals) func whatIsNotReadSaysSo(refusal: Refusal) throws {
    let error = #expect(throws: ModelLoadingError.self) {
      _ = try TFLiteImporter.model(bytes: refusal.file.encoded)
    }
    #expect(error?.sentence.contains(refusal.sentence) == true, "\(error?.sentence ?? "it is read")")
  }
}
