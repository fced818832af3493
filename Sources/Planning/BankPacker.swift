// Lanes packed into banks: bin packing, which is NP-hard, with two refinements. A bank ends in a
// pad as large as the largest that any of its lanes asks for; and lanes of one layer are wanted in
// different banks, since a bank feeds one lane at a time. Largest first is tried by several rules
// (Johnson, 1974, on best-fit decreasing); where none fits although the sum would, a search with
// backtracking looks further, up to a number of steps.

/// What is put into a bank: a lane, whole.
public struct BankItem: Equatable, Sendable {
  /// Items of one layer are spread over banks.
  public var layer: Int
  public var bytes: Int
  /// Bytes that its bank needs once, behind all items, for this one.
  public var pad: Int

  public init(layer: Int, bytes: Int, pad: Int) {
    precondition(bytes >= 0 && pad >= 0)
    (self.layer, self.bytes, self.pad) = (layer, bytes, pad)
  }
}

/// A bank for each item.
public struct BankPlan: Equatable, Sendable {
  /// In the order of the items.
  public let banks: [Int]
  /// Bytes of each bank: items and pad.
  public let used: [Int]
  /// Bytes beyond what banks hold, over all banks.
  public let excess: Int

  public var fits: Bool { excess == 0 }
}

public enum BankPacker {
  /// Packs items into banks of `capacity` bytes each.
  ///
  /// Always gives a plan; if it does not fit, banks are overfull by ``BankPlan/excess``. A plan
  /// that does not fit does not prove that none does.
  ///
  /// - Complexity: O(*items* x *banks*), and up to `effort` steps of search.
  public static func pack(
    _ items: [BankItem], banks count: Int, capacity: Int, effort: Int = 100_000
  ) -> BankPlan {
    precondition(count >= 1 && capacity >= 0)
    let order = items.indices.sorted { (items[$1].bytes, $0) < (items[$0].bytes, $1) }
    var best: (plan: BankPlan, shared: Int)?
    for rule in Rule.allCases {
      var banks = Banks(count: count, capacity: capacity)
      var places = [Int](repeating: 0, count: items.count)
      for index in order {
        places[index] = banks.choice(for: items[index], rule)
        banks.add(items[index], to: places[index])
      }
      let (plan, shared) = (banks.plan(places), banks.shared)
      if let known = best, (known.plan.excess, known.shared) <= (plan.excess, shared) { continue }
      best = (plan, shared)
    }
    let plan = best?.plan ?? BankPlan(banks: [], used: [], excess: 0)
    if plan.fits { return plan }
    var search = Search(items, order, Banks(count: count, capacity: capacity), effort)
    return search.run() ?? plan
  }

  private enum Rule: CaseIterable {
    /// To the emptiest bank without a lane of the same layer, if one has room.
    case apart
    /// To the emptiest bank.
    case even
    /// To the fullest bank that has room.
    case tight
  }

  /// Banks as they fill.
  private struct Banks {
    let capacity: Int
    private(set) var bytes: [Int]
    private(set) var pads: [Int]
    private var layers: [Set<Int>]
    /// Lanes that came to a bank in which their layer was already.
    private(set) var shared = 0

    init(count: Int, capacity: Int) {
      self.capacity = capacity
      bytes = [Int](repeating: 0, count: count)
      pads = bytes
      layers = [Set<Int>](repeating: [], count: count)
    }

    private func filled(_ bank: Int, with item: BankItem) -> Int {
      bytes[bank] + item.bytes + max(pads[bank], item.pad)
    }

    func holds(_ item: BankItem, in bank: Int) -> Bool { filled(bank, with: item) <= capacity }

    func choice(for item: BankItem, _ rule: Rule) -> Int {
      let free = bytes.indices.filter { holds(item, in: $0) }
      let candidates = free.isEmpty ? Array(bytes.indices) : free
      let emptiest = { (banks: [Int]) in
        banks.min { (filled($0, with: item), $0) < (filled($1, with: item), $1) } ?? 0
      }
      switch rule {
      case .apart:
        let apart = candidates.filter { !layers[$0].contains(item.layer) }
        return emptiest(apart.isEmpty ? candidates : apart)
      case .even: return emptiest(candidates)
      case .tight where !free.isEmpty:
        return free.max { (filled($0, with: item), $1) < (filled($1, with: item), $0) } ?? 0
      case .tight: return emptiest(candidates)
      }
    }

    mutating func add(_ item: BankItem, to bank: Int) {
      bytes[bank] += item.bytes
      pads[bank] = max(pads[bank], item.pad)
      if !layers[bank].insert(item.layer).inserted { shared += 1 }
    }

    mutating func remove(_ item: BankItem, from bank: Int, pad: Int) {
      bytes[bank] -= item.bytes
      pads[bank] = pad
    }

    func plan(_ places: [Int]) -> BankPlan {
      let used = zip(bytes, pads).map { $0 + $1 }
      return BankPlan(
        banks: places, used: used, excess: used.reduce(0) { $0 + max(0, $1 - capacity) })
    }
  }

  /// Depth first, largest item first, banks that are alike tried once.
  private struct Search {
    private let items: [BankItem]
    private let order: [Int]
    private var banks: Banks
    private var places: [Int]
    private var stepsLeft: Int

    init(_ items: [BankItem], _ order: [Int], _ banks: Banks, _ effort: Int) {
      (self.items, self.order, self.banks, stepsLeft) = (items, order, banks, effort)
      places = [Int](repeating: 0, count: items.count)
    }

    mutating func run() -> BankPlan? {
      let room = banks.capacity * banks.bytes.count
      guard items.count <= 4096, items.reduce(0, { $0 + $1.bytes }) <= room else { return nil }
      return place(0) ? banks.plan(places) : nil
    }

    private mutating func place(_ rank: Int) -> Bool {
      guard rank < order.count else { return true }
      let item = items[order[rank]]
      var tried: [(bytes: Int, pad: Int)] = []
      for bank in banks.bytes.indices where banks.holds(item, in: bank) {
        let state = (bytes: banks.bytes[bank], pad: banks.pads[bank])
        if tried.contains(where: { $0 == state }) { continue }
        tried.append(state)
        stepsLeft -= 1
        guard stepsLeft >= 0 else { return false }
        places[order[rank]] = bank
        banks.add(item, to: bank)
        if place(rank + 1) { return true }
        banks.remove(item, from: bank, pad: state.pad)
      }
      return false
    }
  }
}
