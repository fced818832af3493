import ModelGraph
import Tensors
import Testing

struct IntegersTests {
  private static let byRow = IntegerEncoding(.int8, scales: [0.5, 2], zeroPoints: [1, -3], axis: 0)

  @Test func integersStandForScaleTimesDistanceFromZeroPoint() {
    let rows = IntegerTensor(shape: [2, 2], integers: [1, 3, -3, -128], encoding: Self.byRow)
    #expect(rows?.numbers == Tensor(shape: [2, 2], values: [0, 1, 0, -250]))
    let columns = IntegerEncoding(.uint8, scales: [1, 0.25], zeroPoints: [255, 0], axis: 1)
    let bytes = IntegerTensor(shape: [2, 2], integers: [255, 255, 0, 4], encoding: columns)
    #expect(bytes?.numbers == Tensor(shape: [2, 2], values: [0, 63.75, -255, 1]))
    let one = IntegerEncoding(.int32, scales: [0.5], zeroPoints: [-1])
    let wide = IntegerTensor(shape: [2], integers: [Int32.max, -1], encoding: one)
    #expect(wide?.numbers == Tensor(shape: [2], values: [0x1p30, 0]))
  }

  @Test(arguments: [
    (IntegerEncoding(.int8, scales: [1], zeroPoints: [0]), [128]),
    (IntegerEncoding(.uint8, scales: [1], zeroPoints: [0]), [-1]),
    (IntegerEncoding(.int8, scales: [1], zeroPoints: [200]), [0]),
    (IntegerEncoding(.int8, scales: [0], zeroPoints: [0]), [0]),
    (IntegerEncoding(.int8, scales: [.infinity], zeroPoints: [0]), [0]),
    (IntegerEncoding(.int8, scales: [1, 1], zeroPoints: [0, 0]), [0]),
    (IntegerEncoding(.int8, scales: [1], zeroPoints: []), [0]),
    (IntegerEncoding(.int8, scales: [1], zeroPoints: [0], axis: 1), [0]),
    (IntegerEncoding(.int8, scales: [1], zeroPoints: [0]), [0, 0]),
  ] as [(IntegerEncoding, [Int32])])
  func whatDoesNotFitIsNoTensor(_ encoding: IntegerEncoding, _ integers: [Int32]) {
    #expect(IntegerTensor(shape: [1], integers: integers, encoding: encoding) == nil)
  }

  @Test func aParameterKeepsItsIntegersUntilItsNumbersChange() throws {
    let integers = try #require(
      IntegerTensor(shape: [2, 2], integers: [1, 3, -3, 0], encoding: Self.byRow))
    var graph = Graph()
    let id = graph.addParameter(Parameter(name: "w", role: .weight, integers: integers))
    #expect(graph[id].integers == integers && graph[id].tensor.values == [0, 1, 0, 6])
    graph.setParameter(id, to: Tensor(shape: [2, 2]))
    #expect(graph[id].integers == nil)
  }

  @Test func whatIsCutKeepsItsIntegersAndItsScales() throws {
    var graph = Graph()
    let x = graph.addInput(name: "x", shape: [2])
    let integers = try #require(
      IntegerTensor(shape: [2, 2], integers: [1, 3, -3, 0], encoding: Self.byRow))
    let weight = graph.addParameter(Parameter(name: "w", role: .weight, integers: integers))
    let y = try graph.addNode(name: "y", .dense(Dense(weight: weight, bias: nil)), inputs: [x])
    graph.addOutput(y)
    let small = graph.cut(by: [UnitCut(axis: 0, kept: [1]), UnitCut(axis: 0, kept: [1])])
    let kept = IntegerEncoding(.int8, scales: [2], zeroPoints: [-3], axis: 0)
    #expect(small.parameters[0].integers == IntegerTensor(shape: [1, 1], integers: [0], encoding: kept))
    #expect(small.parameters[0].tensor == Tensor(shape: [1, 1], values: [6]))
  }

  @Test func scalesOfAValueFitItsShape() throws {
    func graph(_ integers: IntegerEncoding) throws -> Graph {
      var structure = try GraphTests.small().structure
      structure.values[0].integers = integers
      return try Graph(
        structure: structure, tensors: GraphTests.small().parameters.map(\.tensor.values))
    }
    let whole = IntegerEncoding(.uint8, scales: [1], zeroPoints: [0])
    #expect(try graph(whole).values[0].integers == whole)
    #expect(throws: GraphError.malformed(reason: "the scales of value image do not fit [1, 6, 6]")) {
      try graph(Self.byRow)
    }
  }

  /// A node makes as many values as its operation gives.
  @Test func aSecondOutputThatNoOperationGivesIsMalformed() throws {
    var structure = try GraphTests.small().structure
    structure.values.append(Value(name: "more", shape: [3]))
    structure.nodes[structure.nodes.count - 1].outputs.append(
      ValueID(structure.values.count - 1))
    let tensors = try GraphTests.small().parameters.map(\.tensor.values)
    #expect(throws: GraphError.malformed(reason: "node softmax gives [3], not [3], [3]")) {
      try Graph(structure: structure, tensors: tensors)
    }
  }
}
