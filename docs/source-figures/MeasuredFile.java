import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** A source file, with the measurements of {@link SyntaxReader}. */
final class MeasuredFile {
    static final int LINE_COLUMNS = 120;

    final String module;
    final boolean isMain;
    final String path;
    final List<String> lines;
    String packageName = "";

    /** Names of the classes that this file declares, at any depth. */
    final Set<String> own = new TreeSet<>();

    final List<String> topLevel = new ArrayList<>();
    final List<String> nested = new ArrayList<>();

    /** Simple name to full name. */
    final Map<String, String> imports = new TreeMap<>();

    /** Names of types in the code, simple or full as written. */
    final Set<String> uses = new TreeSet<>();

    final List<Summary> summaries = new ArrayList<>();
    final List<String> typesWithoutSummary = new ArrayList<>();
    final List<String> qualifiedNames = new ArrayList<>();
    final List<Sized> methods = new ArrayList<>();
    final List<Sized> parameterLists = new ArrayList<>();
    final List<Sized> tests = new ArrayList<>();

    /** Numbers of lines with an SQL literal. */
    final BitSet sqlLines = new BitSet();

    MeasuredFile(String module, boolean isMain, String path, List<String> lines) {
        this.module = module;
        this.isMain = isMain;
        this.path = path;
        this.lines = lines;
    }

    /** Returns a place as text, such as {@code server/src/main/java/.../Engine.java:12}. */
    String at(long line) {
        return path + ":" + line;
    }

    String lastPackage() {
        return packageName.substring(packageName.lastIndexOf('.') + 1);
    }

    /** Returns true for package-info.java and module-info.java, which declare no class. */
    boolean isInfo() {
        return path.endsWith("-info.java");
    }

    /** Returns the numbers of the lines over 120 columns. */
    List<Integer> longLines() {
        return IntStream.rangeClosed(1, lines.size())
                .filter(number -> lines.get(number - 1).codePoints().count() > LINE_COLUMNS)
                .boxed()
                .toList();
    }
}
