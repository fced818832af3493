import Evolution
import ModelGraph
import TestSupport
import Testing
import Trials

/// What layers keep at least.
struct LayerFloorTests {
  /// 36, 384 and 120 weights; 13, 40 and 29 rows and columns.
  private func floors(_ share: Double, _ survivors: Int) throws -> [Int] {
    LayerFloor(share: share).survivors(of: try Bench.classifier().graph.layers, sharing: survivors)
  }

  @Test func theLesserOfTwoDealingsIsShared() throws {
    // 135 survivors by weights: 9, 96 and 30; by rows and columns: 21.4, 65.9 and 47.7.
    #expect(try floors(1, 135) == [9, 66, 30])
    #expect(try floors(0.5, 135) == [5, 33, 15])
    #expect(try floors(0, 135) == [1, 1, 1])
  }

  @Test func floorsNeverAskForMoreThanThereIs() throws {
    for survivors in 3...540 {
      #expect(try floors(1, survivors).reduce(0, +) <= survivors + 3)
      #expect(zip(try floors(1, survivors), [36, 384, 120]).allSatisfy { (1...$1).contains($0) })
    }
    #expect(try floors(0.5, 0) == [1, 1, 1])
  }

  @Test func aLayerAloneKeepsOne() throws {
    let layers = try Bench.classifier().graph.layers
    for layer in layers {
      #expect(LayerFloor(share: 1).survivors(of: [layer], sharing: 30) == [1])
    }
    #expect(LayerFloor(share: 1).survivors(of: [], sharing: 30) == [])
  }
}
