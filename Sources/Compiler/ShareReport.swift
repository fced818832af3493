import Foundation
import ModelGraph
import Sharing

/// The result of `share`.
public struct ShareReport: Codable, PrintableReport, Sendable {
  public static let reportName = "sharing"

  /// What was chosen for one layer.
  public struct Layer: Codable, Sendable {
    /// The layer's, as in the model.
    public var name: String
    /// Zeros too; without biases.
    public var weights: Int
    /// How many values its weights share.
    public var clusters: Int
    /// The counts that range optimization left.
    public var allowed: [Int]
    /// Of the second dimension of its clustering; nil where it was clustered on the line.
    public var spread: Double?
    /// How sharply its clustering tells weights near the mean apart, per unit of weight; nil where it was clustered on the
    /// line.
    public var focus: Double?
  }

  /// The poster's compression rate: keys and tables against float32, no biases, no entropy coding.
  public var rate: Double
  /// Of the fittest, 0 to 1, on the samples that members were judged by, never test samples.
  public var accuracy: Double
  /// The same of the network as it came.
  public var baseline: Double
  /// What these are: accuracy, by labels; agreement with the teacher; or 1 - RMS error.
  public var accuracyName: String
  /// How many samples members were judged by.
  public var samples: Int
  /// What the search was told.
  public var settings: SharingSettings
  /// What was chosen for each layer, in the network's order.
  public var layers: [Layer]
  /// Each generation of the search for counts.
  public var generations: [GenerationRecord]
  /// Each generation of the search for spread and focus; none where there was none.
  public var fineGenerations: [GenerationRecord]
  /// The blob that the fittest was written as.
  public var blob: CompileReport

  init(_ shared: Shared, blob: CompileReport) {
    let (run, result) = (shared.run, shared.result)
    (rate, accuracy, baseline) = (result.rate, result.best.score.accuracy, run.state.baseline ?? 0)
    accuracyName = run.accuracyKind.rawValue
    (samples, self.blob, settings) = (shared.samples.count, blob, run.settings)
    generations = run.state.search?.generations ?? []
    fineGenerations = run.state.fine?.generations ?? []
    let (member, allowed) = (result.best.member, run.allowedCounts)
    layers = blob.layers.indices.map { index in
      Layer(
        name: blob.layers[index].name, weights: blob.layers[index].parameters,
        clusters: member.counts[index], allowed: allowed[index],
        spread: member.modulations.isEmpty ? nil : member.modulations[index].spread,
        focus: member.modulations.isEmpty ? nil : member.modulations[index].focus)
    }
  }

  public var text: String {
    var lines = ["layer                            weights  clusters  spread      focus"]
    for layer in layers {
      lines.append(
        layer.name.padding(toLength: 28, withPad: " ", startingAt: 0)
          + String(format: "%12d %9d ", layer.weights, layer.clusters)
          + (layer.spread.map { String(format: "%7.3f %10.3f", $0, layer.focus ?? 0) }
            ?? "      -          -"))
    }
    lines.append(
      "shared \(rate.points)x, keys and means alone; \(accuracy.percent) of \(baseline.percent) \(accuracyName) on "
        + "\(samples) samples of the data")
    return (lines + [blob.text]).joined(separator: "\n")
  }
}
