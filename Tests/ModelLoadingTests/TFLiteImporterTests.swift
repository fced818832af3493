import ModelGraph
import ModelLoading
import TestSupport
import Testing

/// From a .tflite file to a graph; what it computes is tested where it runs.
@Suite struct TFLiteImporterTests {
  struct Form: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let file: TFLiteBytes
    let sentence: String

    init(_ name: String, _ file: TFLiteBytes, _ sentence: String) {
      (testDescription, self.file, self.sentence) = (name, file, sentence)
    }
  }

  private static func ints(_ values: [Int], shape: [Int]? = nil) -> TFLiteTensorBytes {
    .ints("n", values, shape: shape)
  }

  private static func strided(
    _ masks: [Int: FlatValue], _ begin: [Int], _ end: [Int], _ strides: [Int], y: [Int] = [1, 2]
  ) -> TFLiteBytes {
    TFLiteSamples.one(45, x: [1, 4], y: y, [ints(begin), ints(end), ints(strides)], optionsType: 32, masks)
  }

  private static let forms = [
    Form(
      "another shape than the file says", TFLiteSamples.one(19, x: [1, 4], y: [1, 5]),
      "node RELU_0 (RELU): the file gives y the shape [1, 5], and it has [1, 4]"),
    Form(
      "a reshape to another size", TFLiteSamples.one(22, x: [1, 4], y: [1, 5]),
      "[1, 4] cannot take the shape [1, 5]"),
    Form(
      "columns that do not fit",
      TFLiteSamples.one(
        9, x: [1, 4], y: [1, 2], [.floats("w", [2, 3], [1, 2, 3, 4, 5, 6])], optionsType: 8),
      "its weights [2, 3] do not fit the input [1, 4]"),
    Form(
      "a convolution of several planes",
      TFLiteSamples.one(
        3, x: [2, 4, 4, 1], y: [2, 4, 4, 1], [.floats("w", [1, 1, 1, 1], [1])], optionsType: 1,
        [1: .int32(1), 2: .int32(1)]),
      "its input [2, 4, 4, 1] is not one plane"),
    Form(
      "a bias of another number",
      TFLiteSamples.one(
        9, x: [1, 2], y: [1, 2], [.floats("w", [2, 2], [1, 2, 3, 4]), .floats("b", [3], [1, 2, 3])],
        optionsType: 8),
      "its biases [3] are not one for each of 2 rows"),
    Form(
      "integers for weights",
      TFLiteSamples.one(9, x: [1, 2], y: [1, 1], [ints([1, 2], shape: [1, 2])], optionsType: 8),
      "its constant n is of integers without a scale"),
    Form(
      "weights that are no number",
      TFLiteSamples.one(9, x: [1, 2], y: [1, 1], [.floats("w", [1, 2], [1, .nan])], optionsType: 8),
      "tensor w: it holds a number that is not finite"),
    Form(
      "weights beyond all measure",
      TFLiteSamples.one(9, x: [1, 2], y: [1, 1], [.floats("w", [1, 2], [1, 2e15])], optionsType: 8),
      "weights beyond 1e+15 are not read"),
    Form(
      "operands that do not broadcast",
      TFLiteSamples.one(0, x: [1, 4], y: [1, 4], [.floats("c", [3], [1, 2, 3])], optionsType: 11),
      "[1, 4] and [3] do not broadcast"),
    Form(
      "an axis of none", TFLiteSamples.one(40, x: [1, 4], y: [1], [ints([2])], optionsType: 27),
      "axis 2 is not one of 2"),
    Form(
      "an order of other axes", TFLiteSamples.one(39, x: [1, 4], y: [4, 1], [ints([1, 1])]),
      "[1, 1] is not an order of the 2 axes"),
    Form(
      "negative pads", TFLiteSamples.one(34, x: [1, 4], y: [1, 4], [ints([0, 0, 1, -1], shape: [2, 2])]),
      "pads [0, 0, 1, -1] are not two"),
    Form("an empty slice", strided([:], [0, 2], [1, 2], [1, 1]), "it picks nothing of axis 1"),
    Form("an empty slice backward", strided([:], [0, 1], [1, 1], [1, -1]), "it picks nothing of axis 1"),
    Form("a stride of zero", strided([:], [0, 0], [1, 4], [1, 0]), "its stride of axis 1 is 0"),
    Form("lists of other lengths", strided([:], [0, 0], [1], [1, 1]), "are not as many"),
    Form("more slices than axes", strided([:], [0, 0, 0], [1, 1, 1], [1, 1, 1]), "it slices more axes than"),
    Form("no such slice", strided([4: .int32(2)], [0, 4], [1, 5], [1, 1]), "there is no slice 4 in axis 1"),
    Form(
      "a slice beyond", TFLiteSamples.one(65, x: [1, 4], y: [1, 2], [ints([0, 3]), ints([1, 2])]),
      "2 slices from 3 on are not in axis 1"),
    Form(
      "places without end",
      TFLiteSamples.one(
        36, x: [1, 4], y: [1, 8192], [ints([Int](repeating: 2, count: 8192))], optionsType: 23, [0: .int32(1)]),
      "it picks 8192 runs"),
    Form(
      "a place as a number", TFLiteSamples.one(56, x: [1, 4], y: [1], [ints([1])]),
      "its output holds FLOAT32, and INT32 and INT64 are read"),
    Form("a place in the batch", places(0, gives: [4, 3]), "it looks along the first axis, which is the batch"),
    Form("a place along no axis", places(3, gives: [1, 4]), "axis 3 is not one of 3"),
    Form("a place along two axes", places(1, 2, gives: [1]), "it looks along 2 axes, and along one it can"),
    Form(
      "a sum of places", places(1, gives: [1, 3], behind: TFLiteOperatorBytes(0, [1, 1], [3], optionsType: 11)),
      "node ADD_0 (ADD): it computes with the places that ARG_MAX_0 finds"),
    Form(
      "places cast to numbers", places(1, gives: [1, 3], behind: TFLiteOperatorBytes(53, [1], [3]), of: 0),
      "node CAST_0 (CAST): it computes with the places that ARG_MAX_0 finds"),
    Form(
      "an index of none",
      TFLiteSamples.one(36, x: [1, 4], y: [1, 1], [ints([4])], optionsType: 23, [0: .int32(1)]),
      "what is not there"),
    Form(
      "blocks that do not divide",
      TFLiteSamples.one(26, x: [1, 3, 4, 1], y: [1, 1, 2, 4], optionsType: 19, [0: .int32(2)]),
      "blocks of 2 do not divide [1, 3, 4, 1]"),
    Form(
      "copies without end", TFLiteSamples.one(69, x: [1, 4], y: [1, 8], [ints([1, 1 << 20])]),
      "counts [1, 1048576] are not one"),
    Form(
      "corners and half pixels",
      TFLiteSamples.one(
        97, x: [1, 2, 2, 1], y: [1, 4, 4, 1], [ints([4, 4])], optionsType: 74, [0: .byte(1), 1: .byte(1)]),
      "aligns both corners and centers of pixels"),
    Form(
      "channels that resize",
      TFLiteSamples.one(23, x: [1, 2, 2, 1], y: [1, 4, 4, 2], [ints([4, 4])], optionsType: 15),
      "[1, 4, 4, 2] is not the shape of 1 channels"),
    Form(
      "an image too high",
      TFLiteSamples.one(23, x: [1, 70000, 1, 1], y: [1, 2, 1, 1], [ints([2, 1])], optionsType: 15),
      "sizes [70000, 1] and [2, 1] are not of at most 65535"),
    Form(
      "a size that the file contradicts",
      TFLiteSamples.one(23, x: [1, 2, 2, 1], y: [1, 4, 4, 1], [ints([4, 5])], optionsType: 15),
      "it makes [4, 4] in the file, and [4, 5] by its input"),
    Form(
      "what the graph has not", TFLiteSamples.one(47, x: [1, 4], y: [1, 4]), "the operator EXP (node EXP_0)"),
  ]

  /// Places of [1, 4, 3] along axes, and an operator that reads them.
  private static func places(
    _ axes: Int..., gives shape: [Int], behind: TFLiteOperatorBytes? = nil, of type: Int8 = 2
  ) -> TFLiteBytes {
    var file = TFLiteSamples.one(56, x: [1, 4, 3], y: shape, [ints(axes)])
    file.tensors[1].type = 2
    guard let behind else { return file }
    file.tensors.append(TFLiteTensorBytes("z", shape, type: type))
    file.operators.append(behind)
    file.outputs = [3]
    return file
  }

  /// Types of an input, its scale, and who makes floats of it.
  @Test(arguments: [(3, nil, [53]), (3, 0.5, [53]), (9, 0.5, [6]), (7, nil, [53]), (2, nil, [53]), (6, nil, [53, 53])]
    as [(Int8, Float?, [Int])])
  func integersThatBecomeFloatsAtOnceAreNumbers(_ type: Int8, _ scale: Float?, _ readers: [Int]) throws {
    let graph = try TFLiteImporter.model(bytes: Self.bytes(type, scale, readers).encoded).graph
    #expect(!graph.isOfIntegers && graph[graph.inputs[0]].shape == [4])
    #expect(graph.nodes.map(\.operation.name) == readers.map { _ in "tanh" })
  }

  @Test func integersOfTwoMeaningsAreNone() throws {
    for readers in [[53, 6], [6, 19]] {
      #expect(refusal(Self.bytes(9, 0.5, readers)) != nil)
    }
    #expect(refusal(Self.bytes(3, nil, [6]))?.sentence.contains("it is of UINT8 and has no scale") == true)
  }

  /// An input of integers, what reads it, and a TANH behind each.
  private static func bytes(_ type: Int8, _ scale: Float?, _ readers: [Int]) -> TFLiteBytes {
    var x = TFLiteTensorBytes("x", [1, 4], type: type)
    if let scale { x = x.scaled([scale], [3]) }
    var (tensors, operators) = ([x], [TFLiteOperatorBytes]())
    for reader in readers {
      tensors += [TFLiteTensorBytes("f", [1, 4]), TFLiteTensorBytes("y", [1, 4])]
      operators += [
        TFLiteOperatorBytes(reader, [0], [tensors.count - 2]),
        TFLiteOperatorBytes(28, [tensors.count - 2], [tensors.count - 1]),
      ]
    }
    return TFLiteBytes(tensors, operators, outputs: readers.indices.map { 2 * $0 + 2 })
  }

  @Test func placesKeepTheShapeOfTheFile() throws {
    let files: [(file: TFLiteBytes, shape: [Int], operations: [String])] = [
      (Self.places(1, gives: [1, 3]), [3], ["arg-max", "reshape"]),
      (Self.places(-1, gives: [1, 4]), [4], ["arg-max", "reshape"]),
      (Self.places(2, gives: [1, 4], behind: TFLiteOperatorBytes(53, [1], [3]), of: 4), [4], ["arg-max", "reshape"]),
    ]
    for (file, shape, operations) in files {
      let graph = try TFLiteImporter.model(bytes: file.encoded).graph
      #expect(graph.nodes.map(\.operation.name) == operations)
      #expect(graph[graph.outputs[0]].shape == shape && graph.placeCount(of: graph.outputs[0]) != nil)
    }
    let vector = TFLiteSamples.one(56, x: [1, 4], y: [1], [Self.ints([1])])
    var least = vector
    least.tensors[1].type = 4
    least.operators[0] = TFLiteOperatorBytes(79, [0, 2], [1])
    let loaded = try TFLiteImporter.model(bytes: least.encoded)
    #expect(loaded.graph.nodes[0].operation == .argMax(axis: 0, ofLeast: true))
    #expect(loaded.batchlessOutputs == [0] && loaded.graph[loaded.graph.outputs[0]].shape == [1])
  }

  private func refusal(_ file: TFLiteBytes) -> ModelLoadingError? {
    do throws(ModelLoadingError) {
      _ = try TFLiteImporter.model(bytes: file.encoded)
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: forms) func refusals(form: Form) throws {
    let sentence = try #require(refusal(form.file)?.sentence)
    #expect(sentence.contains(form.sentence), "\(sentence)")
  }

  @Test func oneRefusalListsWhatTheGraphHasNot() {
    var file = TFLiteSamples.one(47, x: [1, 4], y: [1, 4])
    file.tensors += [
      TFLiteTensorBytes("z", [1, 4]), TFLiteTensorBytes("a", [1, 4]), TFLiteTensorBytes("b", [1, 5]),
    ]
    file.operators += [
      TFLiteOperatorBytes(92, [1], [2]), TFLiteOperatorBytes(47, [2], [3]),
      TFLiteOperatorBytes(19, [0], [4]),
    ]
    file.outputs = [3, 4]
    guard case .needs(let needs)? = refusal(file) else {
      Issue.record("it is read")
      return
    }
    #expect(needs.operators.map(\.operator) == ["EXP", "SQUARE"] && needs.operators[0].count == 2)
    #expect(needs.faults.isEmpty)
  }

  @Test func computedWeightsAndIntegerInputsAreRefused() {
    var file = TFLiteBytes(
      [TFLiteTensorBytes("x", [1, 2]), TFLiteTensorBytes("w", [2, 2]), TFLiteTensorBytes("y", [1, 2])],
      [TFLiteOperatorBytes(9, [0, 1], [2], optionsType: 8)], inputs: [0, 1], outputs: [2])
    #expect(refusal(file)?.sentence.contains("its weight tensor is computed, not constant") == true)
    file.tensors[1].type = 2
    #expect(refusal(file)?.sentence == "input w: it holds INT32, not float")
  }

  /// The batch is the first axis where it is of size 1.
  @Test func samplesHaveNoBatch() throws {
    func shapes(_ shape: [Int]) throws -> (LoadedModel, [Int]) {
      let loaded = try TFLiteImporter.model(bytes: TFLiteSamples.one(19, x: shape, y: shape).encoded)
      return (loaded, loaded.graph[loaded.graph.inputs[0]].shape)
    }
    #expect(try shapes([1, 4]).1 == [4] && shapes([1, 3, 4]).1 == [3, 4] && shapes([1, 1]).1 == [1])
    #expect(try shapes([2, 4]).1 == [2, 4] && shapes([5]).1 == [5] && shapes([]).1 == [])
    #expect(try shapes([1, 4]).0.batchlessOutputs.isEmpty && shapes([5]).0.batchlessOutputs == [0])
    #expect(try shapes([1, 4]).0.fixedBatch == 1 && shapes([1, 4]).0.opset == nil)
    #expect(try shapes([1, 4]).0.inputNames == ["x"] && shapes([1, 4]).0.outputNames == ["y"])
  }

  @Test func namesAreTheFilesAndUnique() throws {
    var file = TFLiteSamples.one(19, x: [1, 4], y: [1, 4])
    file.tensors[1].name = "x"
    file.outputs = [1, 0]
    let loaded = try TFLiteImporter.model(bytes: file.encoded)
    #expect(loaded.inputNames == ["x"] && Set(loaded.outputNames).count == 2)
  }

  @Test func filesAndAxesOfAPath() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(TFLiteSamples.one(19, x: [1, 4], y: [1, 4]).encoded, to: "m.onnx")
    #expect(try ModelLoader.files(of: path) == [path])
    #expect(try ModelLoader.load(path: path).graph.nodes.count == 1)
    #expect(throws: ModelLoadingError.self) { try ModelLoader.load(path: path, axes: ["x:0": 3]) }
  }

  /// Small files that ask for much through what is worked out.
  @Test func memoryIsNotTakenOnAFilesWord() {
    let huge = 1 << 27
    let split = TFLiteBytes(
      [
        TFLiteTensorBytes("x", [1, huge]), Self.ints([1]), TFLiteTensorBytes("y", [1, huge / 2]),
        TFLiteTensorBytes("z", [1, huge / 2]),
      ],
      [TFLiteOperatorBytes(49, [1, 0], [2, 3], optionsType: 34, [0: .int32(2)])], outputs: [2, 3])
    #expect(refusal(split)?.sentence.contains("are too many for the file") == true)
    // One constant of many operators, each of which would have it in another form.
    var dense = TFLiteSamples.one(
      9, x: [1, 300], y: [1, 300], [.floats("w", [300, 300], [Float](repeating: 1, count: 90_000))],
      optionsType: 8)
    for number in 0..<60 {
      dense.tensors += [TFLiteTensorBytes("p", [1, 10, 30]), TFLiteTensorBytes("q", [1, 30, 10])]
      dense.tensors += [TFLiteTensorBytes("r", [1, 300]), Self.ints([0, 2, 1])]
      let first = 3 + 4 * number
      dense.operators += [
        TFLiteOperatorBytes(22, [0], [first]), TFLiteOperatorBytes(39, [first, first + 3], [first + 1]),
        TFLiteOperatorBytes(9, [first + 1, 2], [first + 2], optionsType: 8),
      ]
    }
    #expect(refusal(dense)?.sentence.contains("are too many for the file") == true)
  }
}
