import Foundation
import Tensors

extension DieReport {
  public var text: String {
    var lines = ["\(target): \(sentence)"] + (placement.map { [$0] } ?? [])
    lines.append(
      "parameters: \(controlBytes) bytes of header, plan and parameters in \(controlCapacity); "
        + "banks \(utilisation.percent) full")
    for (number, bank) in banks.enumerated() {
      lines.append(
        String(
          format: "bank %2d  %8d of %8d bytes, pad %d, ", number, bank.used, bank.capacity,
          bank.pad)
          + "lanes: " + contents(of: bank))
    }
    lines.append(
      "activations: arena \(arenaBytes) of \(arenaCapacity) bytes, \(arenaLowerBound) are the "
        + "least for activations alone")
    let unit = (instructionError == nil ? "cycles" : "instructions").leftPadded(to: 14)
    lines.append("step                          lanes  balance" + unit + "    energy nJ")
    for step in steps {
      let lanes = step.lanes.map(String.init) ?? ""
      let balance = step.balance.map { String(format: "%.2f", $0) } ?? ""
      let name = step.name.padding(toLength: 28, withPad: " ", startingAt: 0)
      lines.append(
        name
          + String(
            format: "%7@ %8@ %13.0f %12.1f", lanes as NSString, balance as NSString, step.cycles,
            step.nanojoules))
    }
    lines.append(
      String(
        format: "estimate of one inference: %.0f %@, %.3f ms, %.2f microjoules", cycles,
        (instructionError == nil ? "cycles" : "instructions") as NSString, 1000 * seconds, microjoules))
    if let instructionError {
      lines.append(
        "an estimate by counted instructions: up to \(instructionError.percent) off on networks that it was not "
          + "fitted to")
    }
    return lines.joined(separator: "\n")
  }

  /// Which layers lie in a bank: `/0/Conv 120, /2/Conv 340`.
  private func contents(of bank: Bank) -> String {
    var bytes: [Int: Int] = [:]
    for lane in bank.lanes { bytes[lane.step, default: 0] += lane.bytes }
    return bytes.isEmpty
      ? "none"
      : bytes.sorted { $0.key < $1.key }.map { "\(steps[$0.key].name) \($0.value)" }
        .joined(separator: ", ")
  }
}

extension String {
  fileprivate func leftPadded(to width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }
}
