import ModelGraph
import Testing

struct MathFunctionTests {
  /// A graph of one function, whose input lies between two numbers.
  private func range(_ function: MathFunction, of input: Interval) throws -> Interval {
    var graph = Graph()
    let x = graph.addInput(name: "x", shape: [3])
    let y = try graph.addNode(name: "f", .function(function), inputs: [x])
    graph.addOutput(y)
    return graph.ranges(inputs: [input])[y.index]
  }

  @Test(arguments: MathFunction.Kind.allCases) func everyResultLiesInTheRange(_ kind: MathFunction.Kind) throws {
    let function = MathFunction(kind, kind == .power ? -0.75 : 0)
    let bounds = [-Double.infinity, -20, -3, -0.5, 0, 0.25, 1, 30, .infinity]
    for (place, low) in bounds.enumerated() {
      for high in bounds.dropFirst(place) where low.isFinite || high > low {
        let range = try range(function, of: low...high)
        let inside = [low, high, (low + high) / 2, low + 0.1, high - 0.1, -0.75, -1.2, 0.1].filter { (low...high).contains($0) }
        for x in inside where !function.value(x).isNaN {
          let y = function.value(x)
          #expect(range.lowerBound <= y + 1e-9 && y - 1e-9 <= range.upperBound, "\(kind) of \(x) in \(low)...\(high)")
        }
      }
    }
  }
}
