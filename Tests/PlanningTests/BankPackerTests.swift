import Planning
import Tensors
import Testing

struct BankPackerTests {
  private func items(_ bytes: [Int], pad: Int = 0) -> [BankItem] {
    bytes.enumerated().map { BankItem(layer: $0, bytes: $1, pad: pad) }
  }

  /// Whether any of all assignments fits.
  private func someFits(_ items: [BankItem], banks: Int, capacity: Int) -> Bool {
    func place(_ index: Int, _ bytes: [Int], _ pads: [Int]) -> Bool {
      guard index < items.count else { return true }
      return (0..<banks).contains { bank in
        var (bytes, pads) = (bytes, pads)
        bytes[bank] += items[index].bytes
        pads[bank] = max(pads[bank], items[index].pad)
        return bytes[bank] + pads[bank] <= capacity && place(index + 1, bytes, pads)
      }
    }
    let empty = [Int](repeating: 0, count: banks)
    return place(0, empty, empty)
  }

  @Test func nothingFits() {
    let plan = BankPacker.pack([], banks: 3, capacity: 10)
    #expect(plan.fits && plan.used == [0, 0, 0])
  }

  @Test func lanesOfALayerLieApart() {
    let lanes = (0..<8).map { BankItem(layer: $0 / 4, bytes: 10 + $0, pad: 4) }
    let plan = BankPacker.pack(lanes, banks: 4, capacity: 100)
    #expect(plan.fits)
    #expect(Set(plan.banks[..<4]).count == 4 && Set(plan.banks[4...]).count == 4)
  }

  @Test func aBankHasOnePad() {
    #expect(BankPacker.pack(items([5, 5], pad: 10), banks: 1, capacity: 20).fits)
    #expect(BankPacker.pack(items([5, 6], pad: 10), banks: 1, capacity: 20).excess == 1)
  }

  @Test func whatIsTooLargeIsCounted() {
    let plan = BankPacker.pack(items([30, 4]), banks: 2, capacity: 10)
    #expect(plan.excess == 20 && plan.banks[0] != plan.banks[1])
  }

  @Test func itFitsWhereverAnythingDoes() {
    var generator = SeededGenerator(seed: 3)
    var fitting = 0
    for _ in 0..<300 {
      let items = (0..<Int.random(in: 1...7, using: &generator)).map { index in
        BankItem(
          layer: index / 2, bytes: Int.random(in: 1...20, using: &generator),
          pad: Int.random(in: 0...4, using: &generator))
      }
      let banks = Int.random(in: 1...3, using: &generator)
      let capacity = Int.random(in: 18...40, using: &generator)
      let plan = BankPacker.pack(items, banks: banks, capacity: capacity)
      #expect(plan.fits == someFits(items, banks: banks, capacity: capacity))
      fitting += plan.fits ? 1 : 0
      for bank in 0..<banks {
        let own = items.indices.filter { plan.banks[$0] == bank }.map { items[$0] }
        #expect(
          plan.used[bank] == own.reduce(0) { $0 + $1.bytes } + (own.map(\.pad).max() ?? 0))
      }
    }
    #expect(fitting > 50 && fitting < 250)
  }
}
