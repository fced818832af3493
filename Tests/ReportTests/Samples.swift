import Foundation
import Record
import Report
import Testing

/// Records to read, written as a run would.
enum Samples {
  static let firstLine = #"{"record":"run","version":1,"layers":[{"name":"fc1"}]}"#

  /// Bins of a density over low...high, `total` weights in all.
  static func histogram(
    _ low: Double, _ high: Double, bins: Int = 64, total: Double = 20_000,
    _ density: (Double) -> Double
  ) -> Histogram {
    let width = (high - low) / Double(bins)
    let heights = (0..<bins).map { density(low + (Double($0) + 0.5) * width) }
    let sum = max(heights.reduce(0, +), 1e-300)
    return Histogram(
      low: low, high: high, counts: heights.map { Int(($0 / sum * total).rounded()) })
  }

  static func normal(_ x: Double) -> Double { exp(-x * x / 2) }

  static func json(_ histogram: Histogram) -> String {
    #"{"low":\#(histogram.low),"high":\#(histogram.high),"counts":\#(histogram.counts)}"#
  }

  /// A run of `cycles` cycles over `layers` layers, with all that a record can hold.
  static func run(cycles: Int, layers: Int, scope: String = "layer", ended: Bool = true) -> String {
    let names = (0..<layers).map { "/f/f.\($0)/Conv" }
    let before = json(histogram(-4, 4, normal))
    let after = json(histogram(-4, 4, total: 2000) { abs($0) < 1.2 ? 0 : normal($0) })
    let first = names.map { #"{"name":"\#($0)","weights":23520,"histogram":\#(before)}"# }
    var lines = [
      #"{"record":"run","version":1,"model":"lenet.onnx","task":"classification","#
        + #""method":"learned","divergence":"kl","lossName":"points of accuracy lost","#
        + #""seed":18446744073709551615,"#
        + #""teacherAccuracy":0.9821,"teacherParameters":266610,"#
        + #""layers":[\#(first.joined(separator: ","))]}"#
    ]
    lines += (0..<cycles).map { cycle($0, of: cycles, names: names, scope: scope) }
    lines.append(
      #"{"record":"final","steps":800,"divergence":0.01,"accuracy":0.98,"loss":0.21,"seconds":30}"#)
    if ended {
      let last = names.map {
        #"{"name":"\#($0)","survivors":2352,"levels":16,"bytes":700,"histogram":\#(after)}"#
      }
      lines.append(
        #"{"record":"end","sparsity":0.9,"blobBytes":8000,"ratio":33.2,"edgeAccuracy":0.98,"#
          + #""loss":0.21,"lossName":"points of accuracy lost","#
          + #""layers":[\#(last.joined(separator: ","))]}"#)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func cycle(_ cycle: Int, of cycles: Int, names: [String], scope: String) -> String
  {
    let sparsity = 0.95 * Double(cycle + 1) / Double(cycles)
    let mean = 0.001 * exp(6 * sparsity)
    let trials = #""mean":\#(mean),"deviation":\#(mean / 5),"best":\#(mean / 2)"#
    let layers = names.map {
      #"{"layer":"\#($0)","sparsity":\#(sparsity)\#(scope == "layer" ? "," + trials : "")}"#
    }
    return #"{"record":"cycle","cycle":\#(cycle),"scope":"\#(scope)","#
      + #""layers":[\#(layers.joined(separator: ","))],"sparsity":\#(sparsity),"#
      + (scope == "network" ? trials + "," : "")
      + #""divergenceBefore":\#(mean),"divergenceAfter":\#(mean / 3),"accuracy":0.981,"loss":0.25,"#
      + #""agreement":0.99,"trials":120,"steps":40,"seconds":1.2,"bytes":\#(20000 - cycle)}"#
  }
}

/// A record that a test's log calls by its name, and how many drawings its page has.
struct NamedRecord: CustomTestStringConvertible, Sendable {
  let name: String
  let text: String
  let drawings: Int
  var testDescription: String { name }

  init(_ name: String, _ text: String, _ drawings: Int) {
    self.name = name
    self.text = text
    self.drawings = drawings
  }
}
