// Spending a limited time: how many trials and gradient steps the next cycle may take.

import Evolution
import Foundation

/// Deals the seconds that are left out to the cycles that are left.
struct Budget {
  private let settings: EvolutionSettings
  /// When evolution must be over; nil: there is no limit.
  private let deadline: Date?
  private var secondsPerTrial = 0.0
  private var secondsPerStep = 0.0

  init(settings: EvolutionSettings, deadline: Date?) {
    self.settings = settings
    self.deadline = deadline
  }

  /// What cycle number `cycle` of `total` may spend.
  func next(cycle: Int, of total: Int) -> CycleBudget {
    if let schedule = settings.schedule, cycle < schedule.cycles.count {
      return schedule.cycles[cycle]
    }
    let full = CycleBudget(trials: settings.trials, steps: settings.retraining.stepsPerCycle)
    guard let deadline else { return full }
    guard secondsPerStep > 0 else {
      // The first cycle tells what things cost.
      return CycleBudget(trials: min(full.trials, 4), steps: min(full.steps, 10))
    }
    let left = max(0, deadline.timeIntervalSinceNow)
    let cycles = Double(max(1, total - cycle))
    let ordinary = cycles * Double(settings.retraining.stepsPerCycle)
    let share = ordinary / max(1, ordinary + Double(settings.retraining.finalSteps))
    let each = left * share / cycles
    let trials = secondsPerTrial > 0 ? Self.count(0.35 * each / secondsPerTrial) : full.trials
    let spent = min(trials, full.trials)
    let steps = Self.count((each - Double(spent) * secondsPerTrial) / secondsPerStep)
    return CycleBudget(
      trials: max(min(2, full.trials), spent), steps: max(min(1, full.steps), min(full.steps, steps)))
  }

  /// Gradient steps that are left for after the last cycle.
  func finalSteps(done: Int) -> Int {
    if let schedule = settings.schedule { return schedule.finalSteps }
    guard let deadline, secondsPerStep > 0 else { return settings.retraining.finalSteps }
    let left = max(0, deadline.timeIntervalSinceNow)
    return min(settings.retraining.finalSteps, done + Self.count(left / secondsPerStep))
  }

  /// A number of things that fit in some time, however long that is.
  private static func count(_ things: Double) -> Int { Int(min(max(things, 0), 1e9)) }

  /// Learns what the last cycle took.
  mutating func learn(_ budget: CycleBudget, timing: (trials: Double, training: Double)) {
    if budget.steps > 0 { secondsPerStep = timing.training / Double(budget.steps) }
    if budget.trials > 0 { secondsPerTrial = timing.trials / Double(budget.trials) }
  }
}
