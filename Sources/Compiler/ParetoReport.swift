import Evolution
import Execution
import Foundation
import Lowering
import Tables

/// The result of `pareto`: what so many bytes cost in divergence.
public struct ParetoReport: Codable, PrintableReport, Sendable {
  public static let reportName = "front"

  /// One blob.
  public struct Point: Codable, Sendable {
    /// Of the whole blob.
    public var bytes: Int
    /// On held-back samples.
    public var divergence: Double
    /// Share of samples that are answered as the teacher does, 0 to 1; nil where the network does not classify.
    public var agreement: Double?
    /// Share of right answers, 0 to 1; nil without labels.
    public var accuracy: Double?
    /// Of these shares, 95 % confidence; nil where none are counted.
    public var intervals: AnswerIntervals?
    /// In percentage points, of what ``ParetoReport/lossName`` says.
    public var loss: Double
    /// How each layer is stored.
    public var layers: [LayerPlan]

    init(_ layers: [LayerPlan], bytes: Int, _ judged: Judgement) {
      (self.layers, self.bytes, divergence) = (layers, bytes, judged.divergence)
      (agreement, accuracy, intervals) = (judged.agreement, judged.accuracy, AnswerIntervals(judged.answers))
      loss = judged.answers.loss.points
    }

    fileprivate func line(_ parameters: Int) -> String {
      let ratio = String(format: "%.1fx", Double(4 * parameters) / Double(bytes))
      let shares = [(agreement, intervals?.agreement), (accuracy, intervals?.edgeAccuracy)].map { share, interval in
        ((share?.percent ?? "-") + (interval.map { " (\($0.text))" } ?? "")).leftPadded(to: 27)
      }
      return String(format: "%8d", bytes) + ratio.leftPadded(to: 9) + String(format: "%12.5f", divergence) + shares.joined()
        + loss.points.leftPadded(to: 11)
    }
  }

  /// Weights, biases, batch normalization's scale and shift.
  public var teacherParameters: Int
  /// Names.
  public var layers: [String]
  /// From the least divergence to the fewest bytes, tables as they are placed.
  public var points: [Point]
  /// Some of these, evenly spread, with tables trained as quantize trains them: what is then delivered.
  public var trained: [Point]
  /// What points lose.
  public var lossName: String
  /// Held-back samples that all figures are of.
  public var samples: Int

  public var text: String {
    var lines = [
      "   bytes    ratio  divergence                  agreement                   accuracy       lost"
    ]
    lines += points.map { $0.line(teacherParameters) }
    if !trained.isEmpty {
      lines += ["with tables trained, as quantize delivers them"] + trained.map { $0.line(teacherParameters) }
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
