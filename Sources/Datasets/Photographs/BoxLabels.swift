import Files
import Foundation

/// An object in a photograph, as its label says.
package struct LabelledBox: Equatable, Sendable {
  package let classNumber: Int
  /// The centre and the size, in parts of the photograph's width and height.
  package let centreX, centreY, width, height: Float

  package init(classNumber: Int, centreX: Float, centreY: Float, width: Float, height: Float) {
    (self.classNumber, self.centreX, self.centreY) = (classNumber, centreX, centreY)
    (self.width, self.height) = (width, height)
  }
}

extension LabelledBox {
  /// The same in parts of an input in which the photograph lies so.
  func placed(_ placement: Placement) -> LabelledBox {
    let (across, down) = (Float(placement.inputWidth), Float(placement.inputHeight))
    let (width, height) = (Float(placement.width) / across, Float(placement.height) / down)
    return LabelledBox(
      classNumber: classNumber, centreX: Float(placement.left) / across + centreX * width,
      centreY: Float(placement.top) / down + centreY * height, width: self.width * width, height: self.height * height)
  }
}

/// Labels of photographs as Darknet's and YOLO's tools write them: for `NAME.jpg` a text `NAME.txt`, a line an
/// object, of its class, the centre of its box and its size.
package enum BoxLabels {
  private static let mostBytes = 1 << 24
  /// Labels are rounded: a box may end so far outside the photograph.
  private static let tolerance: Float = 0.01

  /// The objects of each photograph.
  ///
  /// - Parameters:
  ///   - folder: where the texts are.
  /// - Returns: of each photograph its objects; nil where it has no text, which Darknet takes for a photograph
  ///   without objects.
  /// - Throws: ``DatasetError/noBoxes(folder:photographs:)`` where none has a text.
  package static func load(_ folder: String, for photographs: [String]) throws(DatasetError) -> [[LabelledBox]?] {
    guard DataFile.isFolder(folder) else {
      throw .unreadable(path: folder, reason: "labels of photographs are a folder of texts")
    }
    var all: [[LabelledBox]?] = []
    for photograph in photographs {
      let path = folder + "/" + name(of: photograph)
      all.append(FileManager.default.fileExists(atPath: path) ? try read(path) : nil)
    }
    guard all.contains(where: { $0 != nil }) else { throw .noBoxes(folder: folder, photographs: photographs.count) }
    return all
  }

  /// Whether a folder has the text of any photograph.
  package static func areIn(_ folder: String, for photographs: [String]) -> Bool {
    photographs.contains { FileManager.default.fileExists(atPath: folder + "/" + name(of: $0)) }
  }

  private static func name(of photograph: String) -> String {
    let url = URL(fileURLWithPath: photograph)
    return url.deletingPathExtension().lastPathComponent + ".txt"
  }

  private static func read(_ path: String) throws(DatasetError) -> [LabelledBox] {
    let bytes = try DatasetError.naming { () throws(FileError) in try InputFile(path).contents(limit: mostBytes) }
    var boxes: [LabelledBox] = []
    let lines = bytes.split(omittingEmptySubsequences: false) { $0 == 0x0A }
    for (index, line) in lines.enumerated() {
      let words = line.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
      if words.isEmpty { continue }
      boxes.append(try box(words, path, line: index + 1))
    }
    return boxes
  }

  private static func box(_ words: [ArraySlice<UInt8>], _ path: String, line: Int) throws(DatasetError) -> LabelledBox {
    let texts = words.prefix(6).map { String(decoding: $0, as: UTF8.self) }
    guard words.count == 5 else {
      throw .badBox(place: path, line: line, reason: "with \(words.count) words where 5 are wanted")
    }
    guard let number = Int(texts[0]), (0...Labels.largest).contains(number) else {
      throw .badBox(place: path, line: line, reason: "since its first word is no class number")
    }
    let parts = texts.dropFirst().compactMap { Float($0) }
    let range = -tolerance...(1 + tolerance)
    guard parts.count == 4, parts.allSatisfy(range.contains), parts[2] > 0, parts[3] > 0 else {
      throw .badBox(place: path, line: line, reason: "since its place or size is not in the photograph")
    }
    return LabelledBox(
      classNumber: number, centreX: parts[0], centreY: parts[1], width: parts[2], height: parts[3])
  }
}

/// Names of classes: a text of one name a line, in the order of the classes.
package enum ClassNames {
  private static let mostBytes = 1 << 20

  /// - Parameter count: how many classes there are.
  package static func load(_ path: String, count: Int) throws(DatasetError) -> [String] {
    let bytes = try DatasetError.naming { () throws(FileError) in try InputFile(path).contents(limit: mostBytes) }
    var lines = bytes.split(omittingEmptySubsequences: false) { $0 == 0x0A }.map {
      String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespaces.union(.controlCharacters))
    }
    while lines.last?.isEmpty == true { lines.removeLast() }
    guard !lines.contains(where: \.isEmpty), !bytes.contains(0) else {
      throw .badNames(place: path, reason: "names of classes are a text, one a line, without empty lines between")
    }
    guard lines.count == count else {
      throw .badNames(place: path, reason: "it has \(lines.count) names, and the network \(count) classes")
    }
    return lines
  }
}
