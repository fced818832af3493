import Tensors
import Testing
import Trials

/// The distribution over saliencies that the learned method draws by.
struct DrawModelTests {
  private func learned(
    _ model: DrawModel, cycles: Int, trials: Int = 32, seed: UInt64 = 1,
    score: ([Float]) -> Double
  ) -> DrawModel {
    var model = model
    for cycle in 0..<UInt64(cycles) {
      let generator = SeededGenerator(seed: seed).fork(cycle)
      let drawn = (0..<trials).map { trial -> [Float] in
        let sample = model.sample(trial: trial, generator: generator.fork(UInt64(trial)))
        return sample.exponents + sample.offsets
      }
      model.learn(from: drawn, scores: drawn.map(score))
    }
    return model
  }

  private func distance(_ values: [Double], _ goal: [Double]) -> Double {
    zip(values, goal).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
  }

  @Test(arguments: [1, 3], [1, 2, 3] as [UInt64])
  func aQuadraticScoreIsMinimized(layers: Int, seed: UInt64) {
    let goal = [1, 0.4, 0.6, 0.2, -0.1] + (layers == 1 ? [0] : [0.5, -0.3, 0.1])
    let model = DrawModel(layers: layers)
    let found = learned(model, cycles: 60, seed: seed) { values in
      distance(values.map(Double.init), goal)
    }
    #expect(distance(found.means, goal) < 0.15, "\(found.means)")
    #expect(distance(found.means, goal) < 0.3 * distance(model.means, goal))
    // Magnitude's exponent is the unit.
    #expect(found.means[0] == 1 && found.deviations[0] == 0)
    #expect(found.deviations[1..<5].allSatisfy { $0 >= 0.05 && $0 < 0.3 })
  }

  @Test func theOffsetOfALayerAloneStaysZero() {
    let found = learned(DrawModel(layers: 1), cycles: 20) { Double($0[1] + $0[5]) }
    #expect(found.means[5] == 0 && found.deviations[5] == 0)
    let sample = found.sample(trial: 9, generator: SeededGenerator(seed: 1))
    #expect(sample.offsets == [0] && sample.exponents.count == 5)
  }

  @Test func knownSaliencesAreAmongTheFirstTrials() {
    let model = learned(DrawModel(layers: 2), cycles: 5) { Double($0[1]) }
    let trials = (0..<8).map {
      model.sample(trial: $0, generator: SeededGenerator(seed: 2).fork(UInt64($0)))
    }
    #expect(trials[0].exponents + trials[0].offsets == model.means.map { Float($0) })
    let known = [
      Measure.exponents(.magnitude, .curvature), Measure.exponents(.magnitude, .input),
      Measure.exponents(.magnitude),
    ]
    #expect(trials[1...3].map(\.exponents) == known)
    #expect(trials[1...3].allSatisfy { $0.offsets == [0, 0] })
    for trial in 4..<8 {
      #expect(!known.contains(trials[trial].exponents) && trials[trial].offsets != [0, 0])
    }
  }

  @Test func fewTrialsTeachNothing() {
    let model = DrawModel(layers: 2)
    #expect(learned(model, cycles: 10, trials: 7) { Double($0[1]) } == model)
    #expect(learned(model, cycles: 1, trials: 8) { Double($0[1]) } != model)
  }

  @Test func aTrialWithoutANumberIsNotLearnedFrom() {
    let trials = (0..<16).map { [Float](repeating: Float($0 % 2), count: 6) }
    var model = DrawModel(layers: 1)
    let before = model
    // Trials of ones have no number.
    model.learn(from: trials, scores: trials.map { $0[0] == 1 ? .nan : 1 })
    let moved = zip(model.means, before.means).dropFirst().dropLast().map { $0 - 0.7 * $1 }
    #expect(moved.allSatisfy { abs($0) < 1e-12 }, "\(moved)")
  }
}
