import Foundation
import Testing

@testable import StudentExport

@Suite struct StudentTilesTests {
  private static let filters = [1, 8, 9, 17, 24, 25, 33, 41, 49, 57, 65, 72, 96, 121, 200, 400]
  private static let widths = Array(1...15) + [28, 45]

  /// A tile that a file left out would be computed by nobody: whatever `products.h` asks for, of layers
  /// of any shape and with vectors of any width, is among what the file says that it has.
  @Test(arguments: [8, 4, 1]) func whatIsAskedForIsThere(lanes: Int) throws {
    let shapes = Self.filters.flatMap { filters in
      [1, 3].flatMap { height in Self.widths.map { (filters, height, $0) } }
    }
    let products = URL(fileURLWithPath: #filePath)
      .appendingPathComponent("../../../Sources/CStudentKernels/products.h").standardizedFileURL
    let own = shapes.enumerated().map { index, shape in
      let tiles = StudentTiles(filters: shape.0, height: shape.1, width: shape.2)
      return """
        \(Self.names.map { "#undef \($0)" }.joined(separator: "\n"))
        \(tiles.cMacros)
        static int tile\(index)(int most, int p, int n) { return HAS_TILE(most, p, n) && HAS_BLOCKS(n); }
        static int row\(index)(int n) { return HAS_ROW(n); }

        """
    }
    let checks = shapes.enumerated().map { index, shape in
      "check(\(shape.0), \(shape.1), \(shape.2), tile\(index), row\(index));"
    }
    let program =
      Self.recording + "#include \"\(products.path)\"\n" + own.joined() + Self.check
      + "int main(void) {\n\(checks.joined(separator: "\n"))\nreturn asked == 0;\n}\n"
    try withScratch { folder in
      try program.write(
        to: folder.appendingPathComponent("main.c"),
        atomically: true,
        encoding: .utf8
      )
      #expect(try shell("cc -w -DSTUDENT_LANES=\(lanes) -o main main.c -lm && ./main", in: folder))
    }
  }

  private static let names = [
    "HAS_TILE", "HAS_BLOCKS", "HAS_ROW", "HAS_STRIPS", "HAS_PIXELS", "STUDENT_TILES",
  ]

  /// Notes what is asked for, and computes nothing.
  private static let recording = """
    #include <stdio.h>
    #include <stdlib.h>
    #include <string.h>
    static int tiles_asked[8][8][9], rows_asked[9], asked;
    static int ask_tile(int most, int p, int n) { asked++; return (tiles_asked[most][p][n] = 1) - 1; }
    static int ask_row(int n) { asked++; return (rows_asked[n] = 1) - 1; }
    #define HAS_TILE(most, p, n) ask_tile(most, p, n)
    #define HAS_BLOCKS(n) 1
    #define HAS_ROW(n) ask_row(n)
    #define HAS_STRIPS 0

    """

  /// As `multiply` divides layers on the processors that there are.
  private static let check = """
    static void check(int filters, int height, int width, int (*tile)(int, int, int), int (*row)(int)) {
      static const int ways[3][3] = {{7, 4, 8}, {4, 3, 8}, {4, 1, 8}};
      struct operation o = {.kind = 2, .channels = 1, .height = height, .width = width,
        .filters = filters, .out_height = height, .out_width = width, .window_height = 1,
        .window_width = 1, .down = 1, .right = 1, .groups = 1};
      float none[1] = {0};
      memset(tiles_asked, 0, sizeof tiles_asked), memset(rows_asked, 0, sizeof rows_asked);
      if (WIDTH == 8)
        for (int i = 0; i < 3; i++) products(&o, none, none, none, ways[i][0], ways[i][1], ways[i][2]);
      else if (WIDTH == 4) products(&o, none, none, none, 6, 2, 8);
      else products(&o, none, none, none, 1, 1, 1);
      for (int n = 1; n <= 8; n++) {
        if (rows_asked[n] && !row(n)) exit(printf("%d %d %d: row %d\\n", filters, height, width, n));
        for (int most = 1; most < 8; most++)
          for (int p = 1; p < 8; p++)
            if (tiles_asked[most][p][n] && !tile(most, p, n))
              exit(printf("%d %d %d: tile %d %d %d\\n", filters, height, width, most, p, n));
      }
    }

    """
}
