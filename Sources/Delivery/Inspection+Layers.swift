// What each step takes, in one table.

import Compiler
import Foundation
import Tensors

extension BlobReport {
  /// Flash, RAM, instructions, zeros and kernel of each step, and of the whole.
  var stepTable: String {
    let whole = steps.reduce(0) { $0 + $1.instructions }
    var lines = ["step operator                      kernel      zeros    flash      RAM  instructions  share"]
    for step in steps {
      lines.append(
        line(
          "\(step.step)", step.operator, step.kernel ?? "", step.zeros, step.flashBytes, step.ramBytes, step.instructions, whole))
    }
    let weights = steps.reduce(0) { $0 + ($1.rows ?? 0) * ($1.columns ?? 0) }
    let survivors = steps.reduce(0) { $0 + ($1.survivors ?? 0) }
    let zeros = weights > 0 ? 1 - Double(survivors) / Double(weights) : nil
    lines.append(line("", "whole", "", zeros, blobBytes, arena.arenaBytes, whole, whole))
    return lines.joined(separator: "\n")
  }

  private func line(
    _ step: String, _ name: String, _ kernel: String, _ zeros: Double?, _ flash: Int, _ ram: Int, _ instructions: Double,
    _ whole: Double
  ) -> String {
    step.padding(toLength: 5, withPad: " ", startingAt: 0)
      + name.padding(toLength: max(29, name.count + 1), withPad: " ", startingAt: 0)
      + kernel.padding(toLength: 10, withPad: " ", startingAt: 0)
      + String(
        format: "%7@ %8d %8d %13.0f %6@", (zeros?.percent ?? "") as NSString, flash, ram, instructions,
        (whole > 0 ? (instructions / whole).percent : "") as NSString)
  }
}
