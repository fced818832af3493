import ModelGraph
import Testing
import TestSupport

@testable import ModelLoading

/// Variables of .tflite files: state of the network.
struct TFLiteVariableTests {
  /// [1, 1, 1, 2] given behind [1, 2, 1, 2] that is kept: a sum of the window as a convolution.
  static func file(_ change: (inout TFLiteBytes) -> Void = { _ in }) -> TFLiteBytes {
    func bytes(_ name: String, _ shape: [Int]) -> TFLiteTensorBytes {
      TFLiteTensorBytes(name, shape, type: 9).scaled([0.5], [-3])
    }
    var begins = bytes("begins", [1, 2, 1, 2])
    begins = begins.scaled([0.5], [-3], data: [1, 2, 3, 4])
    var file = TFLiteBytes(
      [
        bytes("x", [1, 1, 1, 2]), TFLiteTensorBytes("handle", [], type: 13), bytes("kept", [1, 2, 1, 2]),
        bytes("window", [1, 3, 1, 2]), bytes("left", [1, 2, 1, 2]), bytes("y", [1, 1, 1, 1]),
        TFLiteTensorBytes("w", [1, 3, 1, 2], type: 9).scaled([0.25], [0], data: [1, 2, 3, 4, 5, 6]),
        .ints("begin", [0, 1, 0, 0]), .ints("end", [1, 3, 1, 2]), .ints("stride", [1, 1, 1, 1]), begins,
      ],
      [
        TFLiteOperatorBytes(129, [], [], optionsType: 103, [0: .int32(1)]),
        TFLiteOperatorBytes(142, [], [1], optionsType: 111, [1: .string("memory")]),
        TFLiteOperatorBytes(143, [1], [2]),
        TFLiteOperatorBytes(2, [2, 0], [3], optionsType: 10, [0: .int32(1)]),
        TFLiteOperatorBytes(45, [3, 7, 8, 9], [4], optionsType: 32),
        TFLiteOperatorBytes(144, [1, 4], []),
        TFLiteOperatorBytes(3, [3, 6, -1], [5], optionsType: 1, [0: .int8(1), 1: .int32(1), 2: .int32(1)]),
      ], outputs: [5])
    file.bodies = [
      [
        TFLiteOperatorBytes(142, [], [1], optionsType: 111, [1: .string("memory")]),
        TFLiteOperatorBytes(144, [1, 10], []),
      ]
    ]
    change(&file)
    return file
  }

  @Test func aVariableIsAStateThatSlides() throws {
    let graph = try TFLiteImporter.model(bytes: Self.file().encoded).graph
    #expect(graph.states.map(\.name) == ["memory"])
    #expect(graph.sampleInputs.map { graph[$0].name } == ["x"])
    #expect(graph.nodes.map(\.operation.name).filter { ["slide", "concat", "gather"].contains($0) } == ["slide"])
    // Channels first; what was never kept stands for 0.
    #expect(graph.states[0].beginning?.integers?.integers == [-3, 1, 3, -3, 2, 4])
  }

  @Test func withoutABeginningItStandsForZero() throws {
    let graph = try TFLiteImporter.model(bytes: Self.file { file in
      (file.bodies, file.operators) = ([], Array(file.operators.dropFirst()))
    }.encoded).graph
    #expect(graph.states.count == 1 && graph.states[0].beginning == nil)
  }

  static let refused: [(String, @Sendable (inout TFLiteBytes) -> Void)] = [
    ("there is no subgraph 2", { $0.operators[0].options = [0: .int32(2)] }),
    ("there is no subgraph 0", { $0.operators[0].options = [0: .int32(0)] }),
    ("operator CONCATENATION", { $0.bodies[0][1].code = 2 }),
    ("computes what a variable begins as", { $0.bodies[0][1].inputs = [1, 2] }),
    ("assigns to what is no variable", { $0.bodies[0][1].inputs = [0, 10] }),
    ("begins as [1, 3, 1, 2]", { $0.bodies[0][1].inputs = [1, 6] }),
    ("is no variable", { $0.operators[2].inputs = [0] }),
    ("assigned [1, 3, 1, 2]", { $0.operators[5].inputs = [1, 3] }),
    ("it comes behind", { file in file.operators.append(file.operators.removeFirst()) }),
  ]

  @Test(arguments: refused.indices) func whatCannotBeIsSaid(index: Int) throws {
    let (reason, change) = Self.refused[index]
    // The body has the tensors of the main subgraph: their numbers are those.
    let error = #expect(throws: ModelLoadingError.self) {
      try TFLiteImporter.model(bytes: Self.file(change).encoded)
    }
    #expect(error?.sentence.contains(reason) == true, "\(error?.sentence ?? "")")
  }
}
