/// Which array of an NPZ file is the samples, and which the labels.
///
/// A name given by the user (`data.npz:x_train`) decides. Otherwise the samples are the first of
/// `images`, `x`, `data`, `inputs` that is there, or else the only array that is not called as
/// labels are; labels are the first of `labels`, `label`, `y`, `targets`. Case does not matter.
extension ZipArchive {
  private static let sampleNames = ["images", "x", "data", "inputs"]
  private static let labelNames = ["labels", "label", "y", "targets"]

  /// Names of the arrays, in the file's order; other entries do not count.
  var arrayNames: [String] { entries.compactMap { Self.arrayName($0) } }

  private static func arrayName(_ entry: Entry) -> String? {
    entry.name.hasSuffix(".npy") ? String(entry.name.dropLast(4)) : nil
  }

  /// The array of that name, or the one that must be the samples.
  func sampleArray(named name: String?) throws(DatasetError) -> Entry {
    if let name { return try array(named: name) }
    if let entry = firstArray(of: Self.sampleNames) { return entry }
    let rest = arrayNames.filter { !Self.labelNames.contains($0.lowercased()) }
    guard rest.count == 1 else {
      throw .ambiguousArray(path: path, present: arrayNames.sorted())
    }
    return try array(named: rest[0])
  }

  /// The array of that name, or the one that must be the labels.
  func labelArray(named name: String?) throws(DatasetError) -> Entry {
    if let name { return try array(named: name) }
    if let entry = firstArray(of: Self.labelNames) { return entry }
    guard arrayNames.count == 1 else {
      throw .ambiguousArray(path: path, present: arrayNames.sorted())
    }
    return try array(named: arrayNames[0])
  }

  /// Samples of an NPZ file, with its labels where it has them.
  ///
  /// Labels beside an array that the user named may belong to another one: where their number is
  /// not that of the samples, they are left out with a note.
  func readSamples(named name: String?, _ reading: Dataset.Reading) throws(DatasetError)
    -> SampleArray
  {
    let entry = try sampleArray(named: name)
    var samples = try NPY.readSamples(stream(of: entry), reading)
    guard let labels = firstArray(of: Self.labelNames), labels.name != entry.name else {
      return samples
    }
    do {
      samples.labels = try NPY.readLabels(stream(of: labels), samples: samples.count)
    } catch .labelCount(let place, let count, _) where name != nil {
      samples.notes.append("\(place): \(count) labels, which are not for these samples")
    }
    return samples
  }

  private func array(named name: String) throws(DatasetError) -> Entry {
    guard let entry = entries.first(where: { Self.arrayName($0) == name }) else {
      throw .noSuchArray(path: path, name: name, present: arrayNames.sorted())
    }
    return entry
  }

  private func firstArray(of names: [String]) -> Entry? {
    for name in names {
      if let entry = entries.first(where: { Self.arrayName($0)?.lowercased() == name }) {
        return entry
      }
    }
    return nil
  }
}
