/// What a page or Node imports to run a student.
enum WebScript {
  static let text = #"""
    // A student that distill exported, for pages and for Node:
    //
    //   const student = await Student.load(code, file);  // the bytes of student.wasm, student.distill
    //   const answer = student.predict(input);           // student.classes has the names of what it is

    export class Student {
      /// Takes two ArrayBuffers or Uint8Arrays.
      static async load(code, file) {
        const { instance } = await WebAssembly.instantiate(code, {});
        return new Student(instance.exports, new Uint8Array(file));
      }

      constructor(exports, file) {
        const { memory } = exports;
        this.exports = exports;
        // The file, and what is computed with behind it, each at a multiple of 64.
        let end = exports.__heap_base.value;
        const room = (bytes) => {
          const start = Math.ceil(end / 64) * 64;
          end = start + bytes;
          const missing = Math.ceil((end - memory.buffer.byteLength) / 65536);
          if (missing > 0) memory.grow(missing);
          return start;
        };
        const place = room(file.length);
        new Uint8Array(memory.buffer).set(file, place);
        if (!exports.open(place, file.length)) throw new Error("this is no student, or a damaged one");
        this.inputCount = exports.inputCount();
        this.outputCount = exports.outputCount();
        this.places = [this.inputCount, this.outputCount, exports.workspaceCount()]
          .map((count) => room(4 * count));
        const words = new DataView(file.buffer, file.byteOffset, file.length);
        const word = (index) => words.getUint32(4 * index, true);
        /// Channels, height and width; features have height and width 1.
        this.shape = [word(4), word(5), word(6)];
        const text = Math.ceil((128 + 96 * word(3)) / 64) * 64 + 4 * word(13);
        const decoder = new TextDecoder();
        const names = decoder.decode(file.subarray(text, text + word(15)));
        this.classes = names.split("\n").slice(0, -1);
        const provenance = file.subarray(text + word(15), text + word(14));
        /// Where the student comes from, by name.
        this.provenance = JSON.parse(decoder.decode(provenance));
      }

      /// Probabilities of the classes, or values, of numbers as the training data had them.
      predict(input) {
        if (input.length !== this.inputCount)
          throw new Error(`an input has ${this.inputCount} numbers, not ${input.length}`);
        const { memory, predict } = this.exports;
        const [from, to] = this.places;
        new Float32Array(memory.buffer, from, this.inputCount).set(input);
        predict(...this.places);
        return new Float32Array(memory.buffer, to, this.outputCount).slice();
      }
    }

    """#
}
