import Files
import Foundation

/// A folder of PNG, JPEG, PGM and PPM images, or of WAV recordings, in the order of their names (by bytes).
///
/// Files directly in the folder are unlabelled. Where there are none, its subfolders are classes,
/// numbered by the order of their names. Images go before recordings; hidden files are passed over silently, other files with a
/// note. What is an image or a recording is told by content; a file that only its name calls one is an
/// error, so that a broken sample is never left out unseen.
package enum SampleFolder {
  private enum Kind: CaseIterable {
    case image, sound
  }

  static func read(_ folder: String, _ reading: Dataset.Reading) throws(DatasetError) -> SampleArray {
    let top = try list(folder)
    for kind in Kind.allCases where !top.files(kind).isEmpty {
      var notes = otherFilesNote(top.count - top.files(kind).count)
      if !top.folders.isEmpty {
        notes.append("\(top.folders.count) subfolders beside the samples left out")
      }
      return try load(top.files(kind), kind, labels: nil, notes: notes, reading)
    }
    var classes: [Listing] = []
    for path in top.folders { classes.append(try list(path)) }
    let others = top.others + classes.reduce(0) { $0 + $1.count + $1.folders.count }
    for kind in Kind.allCases where classes.contains(where: { !$0.files(kind).isEmpty }) {
      if let empty = classes.firstIndex(where: { $0.files(kind).isEmpty }) { throw .emptyClassFolder(path: top.folders[empty]) }
      let files = classes.map { $0.files(kind) }
      let labels = files.enumerated().flatMap { [Int](repeating: $0.offset, count: $0.element.count) }
      return try load(files.flatMap { $0 }, kind, labels: labels, notes: otherFilesNote(others - labels.count), reading)
    }
    throw .noImages(folder: folder, otherFiles: others)
  }

  private static func load(
    _ paths: [String], _ kind: Kind, labels: [Int]?, notes: [String], _ reading: Dataset.Reading
  ) throws(DatasetError) -> SampleArray {
    switch kind {
    case .image: return try load(paths, labels: labels, notes: notes, fit: reading.fit)
    case .sound:
      guard reading.fit == nil else { throw .noImagesToFit(place: paths[0]) }
      return try WAV.load(paths, labels: labels, notes: notes, elements: reading.elements)
    }
  }

  /// The images directly in a folder, by their paths; what lies beside them is not looked at.
  package static func images(in folder: String) throws(DatasetError) -> [String] {
    let listing = try list(folder)
    guard !listing.images.isEmpty else {
      throw .noImages(folder: folder, otherFiles: listing.others + listing.folders.count)
    }
    return listing.images
  }

  /// Images as samples: fitted to one size, or all of one shape; the list is not empty. Depths may differ:
  /// they share one scale.
  static func load(
    _ paths: [String], labels: [Int]?, notes: [String], fit: ImageFit?
  ) throws(DatasetError) -> SampleArray {
    if let fit { return try load(paths, fittedTo: fit, labels: labels, notes: notes) }
    let first = try DecodedImage.load(paths[0])
    let (bytes, overflow) = first.count.multipliedReportingOverflow(by: paths.count)
    guard !overflow, bytes <= Dataset.maximumBytes else {
      throw .tooLarge(
        place: paths[0], bytes: overflow ? .max : bytes, limit: Dataset.maximumBytes)
    }
    var pixels = Pixels()
    pixels.append(first.values)
    for path in paths.dropFirst() {
      let image = try DecodedImage.load(path)
      guard image.shape == first.shape else {
        throw .imageDiffers(
          path: path, shape: image.shape, firstPath: paths[0], firstShape: first.shape)
      }
      pixels.append(image.values)
      let bytes = pixels.storage.byteCount
      guard bytes <= Dataset.maximumBytes else {
        throw .tooLarge(place: path, bytes: bytes, limit: Dataset.maximumBytes)
      }
    }
    return SampleArray(
      count: paths.count, shape: first.shape, storage: pixels.storage, isImage: true,
      defaultScale: SampleArray.pixelScale, labels: labels, notes: notes)
  }

  private static func load(
    _ paths: [String], fittedTo fit: ImageFit, labels: [Int]?, notes: [String]
  ) throws(DatasetError) -> SampleArray {
    let shape = [fit.channels, fit.height, fit.width]
    let count = try SampleArray.elementCount([paths.count] + shape, place: paths[0])
    guard count <= Dataset.maximumBytes else {
      throw .tooLarge(place: paths[0], bytes: count, limit: Dataset.maximumBytes)
    }
    var pixels: [UInt8] = []
    pixels.reserveCapacity(count)
    var placements: [Placement] = []
    for path in paths {
      let (planes, placement) = try Photograph.load(path).fitted(to: fit)
      pixels += planes
      placements.append(placement)
    }
    return SampleArray(
      count: paths.count, shape: shape, storage: .bytes(pixels), isImage: true,
      defaultScale: SampleArray.pixelScale, labels: labels, notes: notes, placements: placements)
  }

  /// Values of several images: bytes as long as all are bytes, then floats.
  private struct Pixels {
    private var bytes: [UInt8] = []
    private var floats: [Float]?

    var storage: SampleArray.Storage { floats.map { .floats($0) } ?? .bytes(bytes) }

    mutating func append(_ values: SampleArray.Storage) {
      switch values {
      case .bytes(let values) where floats == nil: bytes += values
      case .bytes(let values): floats? += values.map(Float.init)
      case .floats(let values):
        if floats == nil { (floats, bytes) = (bytes.map(Float.init), []) }
        floats? += values
      }
    }
  }

  private static func otherFilesNote(_ count: Int) -> [String] {
    count == 0 ? [] : ["\(count) files of other kinds left out"]
  }

  private struct Listing {
    var images: [String] = []
    var sounds: [String] = []
    var folders: [String] = []
    var others = 0

    var count: Int { images.count + sounds.count + others }

    func files(_ kind: Kind) -> [String] {
      switch kind {
      case .image: images
      case .sound: sounds
      }
    }
  }

  private static func list(_ folder: String) throws(DatasetError) -> Listing {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      throw .unreadable(path: folder, reason: "its names cannot be listed")
    }
    var listing = Listing()
    for name in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    where !name.hasPrefix(".") {
      let path = folder + "/" + name
      if DataFile.isFolder(path) {
        listing.folders.append(path)
      } else {
        switch kind(of: path) {
        case .image: listing.images.append(path)
        case .sound: listing.sounds.append(path)
        case nil: listing.others += 1
        }
      }
    }
    return listing
  }

  private static func kind(of path: String) -> Kind? {
    let name = path.lowercased()
    if [".png", ".jpg", ".jpeg", ".pgm", ".ppm", ".pnm"].contains(where: name.hasSuffix) { return .image }
    if name.hasSuffix(".wav") { return .sound }
    guard let prefix = InputFile.beginning(of: path, 12) else { return nil }
    return DecodedImage.matches(prefix) ? .image : WAV.matches(prefix) ? .sound : nil
  }
}
