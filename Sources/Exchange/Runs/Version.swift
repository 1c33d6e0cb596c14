/// The version of this program, as `--version` prints it and recipes record it.
package let programVersion = "0.1.0"
