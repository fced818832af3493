import Foundation

/// What the figures of an axis are, which says how its ticks are written.
enum Unit {
  case number, share, bytes, count
}

/// A scale with its title.
struct Axis {
  let title: String
  let scale: Scale
  let unit: Unit

  /// The title with the unit that the ticks leave out.
  var heading: String {
    switch unit {
    case .bytes: title + ", " + byteUnit.name
    default: title
    }
  }

  func label(_ tick: Double) -> String {
    switch unit {
    case .share: Numbers.percent(tick, decimals(scale.step * 100))
    case .bytes: decimal(tick / byteUnit.size, step: scale.step / byteUnit.size)
    case .count: tick < 1e9 ? Numbers.grouped(Int(tick)) : Numbers.short(tick)
    case .number: number(tick)
    }
  }

  private var byteUnit: (name: String, size: Double) {
    switch scale.high {
    case 2e6...: ("MB", 1e6)
    case 2e3...: ("kB", 1e3)
    default: ("bytes", 1)
    }
  }

  private func number(_ tick: Double) -> String {
    if scale.isLogarithmic { return Numbers.short(tick) }
    let size = max(abs(scale.low), abs(scale.high))
    if size >= 1e6 || size < 1e-3 { return Numbers.scientific(tick, digits: 4) }
    return decimal(tick, step: scale.step)
  }

  private func decimal(_ value: Double, step: Double) -> String {
    abs(value) < 1e9 ? Numbers.fixed(value, decimals(step)) : Numbers.short(value)
  }

  private func decimals(_ step: Double) -> Int {
    min(9, max(0, Int((-log10(step) - 1e-9).rounded(.up))))
  }
}
