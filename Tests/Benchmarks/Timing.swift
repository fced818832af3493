// Two things timed in turns, so that a noisy machine disturbs both alike.

import Foundation

/// Seconds of the best of `turns` calls of each.
func best(of turns: Int, _ bodies: [() throws -> Void]) throws -> [Double] {
  let clock = ContinuousClock()
  var result = bodies.map { _ in Double.infinity }
  for _ in 0..<turns {
    for (index, body) in bodies.enumerated() {
      let took = try clock.measure(body).components
      result[index] = min(result[index], Double(took.seconds) + Double(took.attoseconds) * 1e-18)
    }
  }
  return result
}

/// One line of results: a ratio, and beside it what this machine makes of it.
func line(_ name: String, _ ratio: Double, _ detail: String) {
  print(
    name.padding(toLength: 62, withPad: " ", startingAt: 0) + String(format: "%6.1fx  ", ratio)
      + detail)
}
