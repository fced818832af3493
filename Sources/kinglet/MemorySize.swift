import ArgumentParser

/// `800M`, `8G`, `1.5G`, or bytes.
struct MemorySize: ExpressibleByArgument {
  let bytes: Int

  init?(argument: String) {
    let units = ["K": 10, "M": 20, "G": 30, "T": 40]
    let unit = units[argument.suffix(1).uppercased()]
    guard let number = Double(unit == nil ? argument : String(argument.dropLast())) else { return nil }
    let bytes = number * Double(1 << (unit ?? 0))
    guard bytes >= 0, bytes < 1e15 else { return nil }
    self.bytes = Int(bytes)
  }
}
