import Execution
import Foundation
import Lowering
import Tables

/// The result of `pareto`: what so many bytes cost in divergence.
public struct ParetoReport: Codable, PrintableReport, Sendable {
  /// One blob.
  public struct Point: Codable, Sendable {
    /// Of the whole blob, tables untrained.
    public var bytes: Int
    /// On held-back samples, tables untrained.
    public var divergence: Double
    /// Nil where the network does not classify, or there are no labels.
    public var agreement: Double?
    public var accuracy: Double?
    public var intervals: AnswerIntervals?
    /// In percentage points, of what ``ParetoReport/lossName`` says.
    public var loss: Double
    /// How each layer is stored.
    public var layers: [LayerPlan]
  }

  public var teacherParameters: Int
  /// Names.
  public var layers: [String]
  /// From the least divergence to the fewest bytes.
  public var points: [Point]
  /// What points lose.
  public var lossName: String
  /// Held-back samples that all figures are of.
  public var samples: Int

  public var text: String {
    var lines = [
      "   bytes    ratio  divergence                  agreement                   accuracy       lost"
    ]
    for point in points {
      let ratio = String(format: "%.1fx", Double(4 * teacherParameters) / Double(point.bytes))
      let shares = [
        (point.agreement, point.intervals?.agreement), (point.accuracy, point.intervals?.edgeAccuracy),
      ].map { share, interval in
        ((share?.percent ?? "-") + (interval.map { " (\($0.text))" } ?? "")).leftPadded(to: 27)
      }
      lines.append(
        String(format: "%8d", point.bytes) + ratio.leftPadded(to: 9)
          + String(format: "%12.5f", point.divergence) + shares.joined()
          + point.loss.points.leftPadded(to: 11))
    }
    lines.append("lost: \(lossName), on \(samples) held-back samples, by which students were chosen")
    return lines.joined(separator: "\n")
  }
}

extension String {
  fileprivate func leftPadded(to width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }
}
