import Record

/// The die: its banks, what fills them, and what one inference is estimated to cost.
struct DieSection {
  let die: RunRecord.Die

  func section() -> Section {
    Section(
      title: "The die",
      introduction: """
        The blob on its target: each layer’s lanes in their banks, and an estimate, by the \
        target’s own costs, of one inference. Balance is the \
        busiest lane’s work over the mean of all.
        """,
      figures: [banksFigure, costFigure, energyFigure].compactMap { $0 }, note: note)
  }

  private var note: String {
    let parts: [String?] = [
      die.target + (die.fits ? ": the network fits" : ": the network does not fit"),
      die.cycles.map { "\(Numbers.short($0)) cycles" },
      die.seconds.map { "\(Numbers.short($0 * 1000)) ms" },
      die.microjoules.map { "\(Numbers.short($0)) µJ" },
      die.controlBytes.map {
        "plan and parameters \(Numbers.grouped($0)) of "
          + "\(Numbers.grouped(die.controlCapacity)) bytes"
      },
      die.arenaBytes.map {
        "arena \(Numbers.grouped($0)) of \(Numbers.grouped(die.arenaCapacity)) bytes, "
          + "its activations at least \(Numbers.grouped(die.arenaLowerBound))"
      },
    ]
    let short = die.shortages.map {
      "\($0.memory): \(Numbers.grouped($0.missingBytes)) bytes too many, most of them \($0.blame)"
    }
    return (parts.compactMap { $0 } + short).joined(separator: " · ")
  }

  private var names: [Int: String] {
    Dictionary(die.steps.map { ($0.step, $0.name) }) { first, _ in first }
  }

  /// Bytes of each layer in a bank, in the order of steps.
  private func shares(_ bank: RunRecord.Bank) -> [(step: Int, bytes: Int)] {
    Dictionary(bank.lanes.map { ($0.step, $0.bytes) }, uniquingKeysWith: +)
      .sorted { $0.key < $1.key }.map { (step: $0.key, bytes: $0.value) }
  }

  private var banksFigure: Figure? {
    guard !die.banks.isEmpty else { return nil }
    let room = die.banks.reduce(0) { $0 + $1.capacity }
    let used = die.banks.reduce(0) { $0 + $1.used }
    let full = room > 0 ? Numbers.percent(Double(used) / Double(room), 1) : Numbers.absent
    let names = names
    let rows = die.banks.enumerated().map { number, bank in
      (number, bank, shares(bank).map { "\(names[$0.step] ?? "step \($0.step)") \($0.bytes)" })
    }
    return Figure(
      name: "Parameter banks", remark: "\(full) full",
      svg: DieDrawing(banks: die.banks.map { ($0, shares($0)) }, names: names).svg(),
      table: DataTable(["bank", "used", "of", "pad", "layers"], rows, limit: 64) { row in
        [
          String(row.0), Numbers.grouped(row.1.used), Numbers.grouped(row.1.capacity),
          Numbers.grouped(row.1.pad), row.2.joined(separator: ", "),
        ]
      })
  }

  private var costFigure: Figure? {
    figure("Cycles of each step", "estimated", \.cycles)
  }

  private var energyFigure: Figure? {
    figure("Energy of each step", "nanojoules, estimated", \.nanojoules)
  }

  private func figure(
    _ name: String, _ remark: String, _ figure: KeyPath<RunRecord.DieStep, Double?>
  ) -> Figure? {
    let counted = die.steps.filter { $0[keyPath: figure] != nil }
    guard !counted.isEmpty else { return nil }
    let shown = counted.sorted {
      ($1[keyPath: figure] ?? 0, $0.step) < ($0[keyPath: figure] ?? 0, $1.step)
    }.prefix(Budget.layers).sorted { $0.step < $1.step }
    return Figure(
      name: name, remark: remark,
      svg: BarChart(
        label: name, description: "\(counted.count) steps.",
        bars: shown.map { (name: $0.name, value: whole($0[keyPath: figure])) }
      ).svg(),
      table: DataTable(
        ["step", "lanes", "balance", "cycles", "nJ"], die.steps, limit: Budget.tableRows
      ) { step in
        [
          step.name, Numbers.grouped(step.lanes), Numbers.short(step.balance),
          Numbers.short(step.cycles), Numbers.short(step.nanojoules),
        ]
      })
  }

  private func whole(_ value: Double?) -> Int {
    Int(min(value ?? 0, Double(RecordLimits.count)).rounded())
  }
}

/// Banks as bars as long as what they can hold, filled by their layers' colours.
struct DieDrawing {
  private static let nameWidth = 30.0
  private static let figureWidth = 44.0

  let banks: [(bank: RunRecord.Bank, shares: [(step: Int, bytes: Int)])]
  let names: [Int: String]

  /// The layers that fill most have colours of their own, the others share the last.
  private var colours: [(step: Int, colour: Int)] {
    let bytes = Dictionary(
      banks.flatMap(\.shares).map { ($0.step, $0.bytes) }, uniquingKeysWith: +)
    let most = bytes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
    let own = most.count <= 8 ? most : Array(most.prefix(7))
    return own.sorted().enumerated().map { (step: $1, colour: $0) }
  }

  func svg() -> String {
    let colours = Dictionary(uniqueKeysWithValues: colours.map { ($0.step, $0.colour) })
    var svg = SVG()
    let top = legend(colours, into: &svg)
    let height = banks.count > 32 ? 7.0 : banks.count > 8 ? 12.0 : 16.0
    let largest = Double(max(1, banks.map { max($0.bank.capacity, $0.bank.used) }.max() ?? 1))
    let scale = (Chart.width - Self.nameWidth - Self.figureWidth) / largest
    for number in banks.indices {
      let y = top + Double(number) * (height + 3)
      draw(number, y: y, height: height, scale: scale, colours, into: &svg)
    }
    return svg.element(
      width: Chart.width, height: top + Double(banks.count) * (height + 3) + 4,
      label: "Parameter banks",
      description: "\(banks.count) banks, each filled by its layers’ lanes.")
  }

  /// One bank: its number, its room, what fills it, and how full it is.
  private func draw(
    _ number: Int, y: Double, height: Double, scale: Double, _ colours: [Int: Int],
    into svg: inout SVG
  ) {
    let (bank, shares) = banks[number]
    if height > 8 || number % 4 == 0 {
      svg.text("\(number)", (Self.nameWidth - 6, y + height - 3), .end)
    }
    svg.rectangle(
      x: Self.nameWidth, y: y, width: Double(bank.capacity) * scale, height: height, "b",
      tip: "bank \(number): \(bank.used) of \(bank.capacity) bytes")
    var x = Self.nameWidth
    func fill(_ bytes: Int, _ look: String, _ tip: String) {
      let width = Double(bytes) * scale
      svg.rectangle(
        x: x, y: y + 1, width: max(0.1, width - 0.4), height: height - 2, look,
        tip: "bank \(number), \(tip): \(bytes) bytes")
      x += width
    }
    for share in shares where share.bytes > 0 {
      fill(share.bytes, "f\(colours[share.step] ?? 7)", names[share.step] ?? "step \(share.step)")
    }
    if bank.pad > 0 { fill(bank.pad, "hb", "pad") }
    if height > 8, bank.capacity > 0 {
      let share = Numbers.percent(Double(bank.used) / Double(bank.capacity), 0)
      svg.text(share, (Chart.width, y + height - 3), .end)
    }
  }

  /// A square and a name for each colour; returns where the banks begin.
  private func legend(_ colours: [Int: Int], into svg: inout SVG) -> Double {
    let shown = colours.sorted { $0.value < $1.value }
    let labels = distinctParts(of: shown.map { names[$0.key] ?? "step \($0.key)" })
    let steps = Set(banks.flatMap(\.shares).map(\.step))
    var entries = zip(shown, labels).map { (look: "f\($0.value)", name: $1.clipped(to: 18)) }
    if steps.count > shown.count {
      entries.append((look: "f7", name: "\(steps.count - shown.count) others"))
    }
    entries.append((look: "hb", name: "pad"))
    var (x, y) = (2.0, 3.0)
    for entry in entries {
      let width = SVG.width(of: entry.name) + 18
      if x + width > Chart.width { (x, y) = (2, y + 15) }
      svg.rectangle(x: x, y: y, width: 9, height: 9, entry.look)
      svg.text(entry.name, (x + 12, y + 8.5))
      x += width
    }
    return y + 18
  }
}
