import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The arrows (dependencies) between files: to each other file of the module with a top-level class that the code names. */
final class ClassArrows {
    private final Map<MeasuredFile, Set<MeasuredFile>> arrows = new LinkedHashMap<>();

    /** Finds the arrows between {@code files}. */
    ClassArrows(List<MeasuredFile> files) {
        Map<String, MeasuredFile> homes = new TreeMap<>();
        files.forEach(file -> file.topLevel.forEach(name -> homes.put(key(file, file.packageName + "." + name), file)));
        for (MeasuredFile file : files) {
            Set<MeasuredFile> targets = new TreeSet<>(Comparator.comparing((MeasuredFile each) -> each.path));
            file.uses.forEach(name -> addTarget(file, name, homes, targets));
            targets.remove(file);
            arrows.put(file, targets);
        }
    }

    private static String key(MeasuredFile file, String fullName) {
        return file.module + ":" + fullName;
    }

    /**
     * Adds the file that declares {@code name}. A simple name is imported or belongs to the same package. A nested class
     * belongs to the file of its outer class.
     */
    private static void addTarget(
            MeasuredFile file, String name, Map<String, MeasuredFile> homes, Set<MeasuredFile> targets) {
        String type = name.contains(".") ? name : file.imports.getOrDefault(name, file.packageName + "." + name);
        while (type.contains(".")) {
            MeasuredFile target = homes.get(key(file, type));
            if (target != null) {
                targets.add(target);
            }
            type = type.substring(0, type.lastIndexOf('.'));
        }
    }

    int count() {
        return arrows.values().stream().mapToInt(Set::size).sum();
    }

    /** Returns the size of the largest group of classes that all reach each other; 0 if there is none. */
    int largestCycle() {
        Map<MeasuredFile, Set<MeasuredFile>> reached = new LinkedHashMap<>();
        arrows.keySet().forEach(file -> reached.put(file, reach(file)));
        return reached.keySet().stream()
                .mapToInt(file -> cycleOf(file, reached))
                .max()
                .orElse(0);
    }

    private static int cycleOf(MeasuredFile file, Map<MeasuredFile, Set<MeasuredFile>> reached) {
        // A file on a cycle reaches itself; no file has an arrow to itself.
        return (int) reached.get(file).stream()
                .filter(other -> reached.get(other).contains(file))
                .count();
    }

    /** Returns all files that arrows reach from {@code start}, directly or through other files. */
    private Set<MeasuredFile> reach(MeasuredFile start) {
        Set<MeasuredFile> reached = new HashSet<>();
        List<MeasuredFile> next = new ArrayList<>(arrows.get(start));
        while (!next.isEmpty()) {
            MeasuredFile file = next.removeLast();
            if (reached.add(file)) {
                next.addAll(arrows.get(file));
            }
        }
        return reached;
    }
}
