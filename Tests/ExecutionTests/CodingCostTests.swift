import Tensors
import TestSupport
import Testing

@testable import Execution

struct CodingCostTests {
  @Test(arguments: [(0.5, 0.1), (1e-5, 0.05), (3, 20)] as [(Float, Float)])
  func slopesAreThoseOfTheCost(price: Float, knee: Float) {
    let cost = CodingCost(price: price, knee: knee)
    let weights = [-3, -0.4, -0.01, 0.02, 0.1, 0.7, 12].map { Float($0) * knee }
    for (index, slope) in cost.slopes(of: weights).enumerated() {
      let step = knee / 512
      var (less, more) = (weights, weights)
      (less[index], more[index]) = (weights[index] - step, weights[index] + step)
      let found = (cost.value(of: more) - cost.value(of: less)) / Double(more[index] - less[index])
      #expect(abs(found - Double(slope)) < 1e-3 * abs(found))
    }
  }

  @Test func nothingHasNoSlope() {
    #expect(CodingCost(price: 1, knee: 1).slopes(of: [0, -0.0]) == [0, 0])
    #expect(CodingCost(price: 1, knee: 1).slopes(of: []) == [])
    #expect(CodingCost(price: 0, knee: 1).slopes(of: [2, -1]) == [0, 0])
  }

  @Test func aTrainerGoesDownTheCost() throws {
    let net = try NetBuilder.smallNet(seed: 21)
    let id = net.graph.layers[1].weight
    var builder = net
    let (inputs, targets) = (builder.tensor([8, 2, 8, 8]), builder.tensor([8, 5]))
    func sum(_ cost: CodingCost?) throws -> Float {
      let trainer = try Trainer(graph: net.graph, loss: .meanSquaredError, threads: 2)
      trainer.setCost(id, cost)
      for _ in 0..<20 {
        _ = try trainer.step(inputs: [inputs], targets: [targets], learningRate: 1e-3)
      }
      return trainer.parameters.values(id).reduce(0) { $0 + abs($1) }
    }
    let (free, priced) = (try sum(nil), try sum(CodingCost(price: 1, knee: 0.1)))
    #expect(priced < 0.95 * free)
    #expect(try sum(CodingCost(price: 0, knee: 0.1)) == free)
  }

  @Test func releasedElementsMoveAsOthersDo() throws {
    let net = try NetBuilder.smallNet(seed: 21)
    let id = net.graph.layers[1].weight
    var builder = net
    let (inputs, targets) = (builder.tensor([8, 2, 8, 8]), builder.tensor([8, 5]))
    let trainer = try Trainer(graph: net.graph, loss: .meanSquaredError)
    let index = try #require(trainer.trainable.firstIndex(of: id))
    let mask = (0..<trainer.parameters[id].count).map { UInt8($0 % 2) }
    trainer.setMask(id, mask)
    for _ in 0..<5 { _ = try trainer.step(inputs: [inputs], targets: [targets], learningRate: 1e-3) }
    let kept = trainer.state.second[index].enumerated().filter { mask[$0.offset] != 0 }.map(\.element)
    trainer.release(id)
    let second = trainer.state.second[index]
    let mean = Float(kept.reduce(0.0) { $0 + Double($1) } / Double(kept.count))
    #expect(mask.indices.allSatisfy { mask[$0] != 0 || second[$0] == mean })
    #expect(trainer.mask(id) == nil)
    _ = try trainer.step(inputs: [inputs], targets: [targets], learningRate: 1e-3)
    let values = trainer.parameters.values(id)
    #expect(mask.indices.contains { mask[$0] == 0 && values[$0] != 0 })
  }
}
