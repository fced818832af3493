// What of the C runtime a blob needs: the switches of kgl_config.h.

import Blob

/// The runtime's switches for one blob.
struct RuntimeSwitches {
  /// Names, and whether they are needed, in the order of kgl_config.h.
  let switches: [(name: String, isNeeded: Bool)]
  /// Banks of the blob, at least one.
  let bankCount: Int
  /// Whether any code has words, for which the runtime has look-up tables.
  let hasCodeWords: Bool
  /// Whether a convolution has every weight: for such the runtime has kernels of their own, where they pay.
  let hasFullConvolutions: Bool
  /// Index bits of these tables; nil: as the runtime has them by itself.
  let tableBits: Int?

  init(_ model: BlobModel, _ ledger: BlobLedger, tableBits: Int? = nil) {
    self.tableBits = tableBits
    let layers = ledger.layers
    let needed = Set(model.steps.compactMap(\.runtimeSwitch))
    let isInteger = model.steps.map { if case .integer = $0 { true } else { false } }
    let optional: [(String, Bool)] = [
      ("KGL_BITMAP", layers.contains { $0.mask == .bitmap }),
      ("KGL_JOINT_ROWS", layers.contains { $0.mask == .joint }),
      ("KGL_NEIGHBOURS", layers.contains { $0.hasNeighbours }),
      ("KGL_ROW_CLASSES", layers.contains { $0.mask == .gapsByRow }),
      ("KGL_COLUMNS", layers.contains { $0.mask == .columns }),
      ("KGL_INDEXED", layers.contains { $0.mask == .indexed }),
      ("KGL_FLOAT", isInteger.contains(false)),
      ("KGL_INTEGER", isInteger.contains(true)),
      ("KGL_EXACT", model.steps.contains(where: \.isExact)),
      ("KGL_BORDER", model.steps.contains(where: \.isBorder)),
      ("KGL_STATES", !model.states.isEmpty),
      ("KGL_SELF_TEST", model.ancillary.contains { $0.kind == BlobSelfTest.kind }),
      ("KGL_OBSERVE", false),  // who looks on turns it on
      ("KGL_DETECT", model.ancillary.contains { $0.kind == BlobFormat.headsKind }),
      ("KGL_MATH", model.steps.contains(where: \.callsMath)),
      ("KGL_FUNCTIONS", model.steps.contains { $0.activation?.isFunction == true }),
    ]
    hasCodeWords = layers.contains { $0.longestGap > 0 || $0.hasCodeWords }
    hasFullConvolutions = needed.contains("KGL_OP_CONVOLUTION") && layers.contains { $0.mask == .none }
    let lanes = model.steps.compactMap(\.weights).flatMap(\.lanes)
    bankCount = lanes.reduce(1) { max($0, $1.bank + 1) }
    switches = optional.map { ($0, $1) }
      + BlobStep.runtimeSwitches.map { ($0, needed.contains($0)) }
  }

  /// What any of several blobs needs.
  ///
  /// - Precondition: there is one.
  init(_ all: [RuntimeSwitches]) {
    switches = all[0].switches.indices.map { index in
      (all[0].switches[index].name, all.contains { $0.switches[index].isNeeded })
    }
    bankCount = all.map(\.bankCount).max() ?? 1
    hasCodeWords = all.contains(where: \.hasCodeWords)
    hasFullConvolutions = all.contains(where: \.hasFullConvolutions)
    tableBits = all.compactMap(\.tableBits).max()
  }

  /// A header for `-DKGL_CONFIG_FILE`.
  ///
  /// - Parameters:
  ///   - name: of its file.
  ///   - costs: lines about what look-up tables of other sizes would take.
  func header(_ name: String, costs: [String]) -> String {
    let bits = hasCodeWords ? tableBits : tableBits ?? 0
    let numbers = [("KGL_BANKS", bankCount)] + (bits.map { [("KGL_HUFFMAN_TABLE_BITS", $0)] } ?? [])
      + (hasFullConvolutions ? [] : [("KGL_TILES", 0)])  // else as the processor likes it
    let lines = (numbers + switches.map { ($0, $1 ? 1 : 0) }).map { "#define \($0) \($1)" }
    let guardName = CNames.macro(String(name.dropLast(2))) + "_H"
    let table = costs.isEmpty ? "" : "\n *\n" + costs.map { " * \($0)" }.joined(separator: "\n")
    return """
      \(CSource.mark): the parts of the runtime that are needed. Compile Runtime-C
       * with -DKGL_CONFIG_FILE='"\(name)"'.\(table) */
      #ifndef \(guardName)
      #define \(guardName)

      \(lines.joined(separator: "\n"))

      #endif

      """
  }
}

extension BlobStep {
  /// Whether it is computed by the arithmetic of exact steps.
  fileprivate var isExact: Bool {
    guard case .integer(let step) = self else { return false }
    if case .logSoftmax = step.form { return true }
    return step.isExact
  }

  /// Whether it is between float32 and bytes.
  fileprivate var isBorder: Bool {
    if case .integer(let step) = self, case .exactBorder = step.form { true } else { false }
  }
}
