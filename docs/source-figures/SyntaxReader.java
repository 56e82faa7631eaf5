import com.sun.source.doctree.DocCommentTree;
import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.ImportTree;
import com.sun.source.tree.LineMap;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.PackageTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreePathScanner;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import javax.lang.model.element.Modifier;

/** Reads the syntax tree of one file, and stores the measurements in a {@link MeasuredFile}. */
final class SyntaxReader extends TreePathScanner<Void, Void> {
    private static final Set<String> INVERTED = Set.of("what", "whether", "of", "who", "so", "which", "where");
    /** Words that add no information to a name. */
    private static final Set<String> FILLERS = Set.of(
            ("a an and as at by for from get gets given in into is it its of on or return returns set sets that the"
                            + " their this to with")
                    .split(" "));

    private static final Set<String> SQL_VERBS = Set.of(
            "select",
            "insert",
            "update",
            "delete",
            "with",
            "create",
            "alter",
            "drop",
            "merge",
            "truncate",
            "lock",
            "explain");
    private static final Set<String> TESTS = Set.of("Test", "ParameterizedTest", "RepeatedTest");

    private final MeasuredFile file;
    private final CompilationUnitTree unit;
    private final DocTrees trees;
    private final SourcePositions positions;
    private final LineMap map;

    SyntaxReader(MeasuredFile file, CompilationUnitTree unit, DocTrees trees) {
        this.file = file;
        this.unit = unit;
        this.trees = trees;
        this.positions = trees.getSourcePositions();
        this.map = unit.getLineMap();
    }

    void read() {
        file.packageName =
                unit.getPackageName() == null ? "" : unit.getPackageName().toString();
        scan(unit, null);
        file.own.forEach(file.uses::remove);
    }

    @Override
    public Void visitPackage(PackageTree tree, Void unused) {
        summarize(file.packageName, tree);
        return scan(tree.getAnnotations(), null);
    }

    @Override
    public Void visitImport(ImportTree tree, Void unused) {
        String name = tree.getQualifiedIdentifier().toString();
        String type = tree.isStatic() ? name.substring(0, name.lastIndexOf('.')) : name;
        file.imports.put(type.substring(type.lastIndexOf('.') + 1), type);
        if (tree.isStatic()) {
            file.uses.add(type.substring(type.lastIndexOf('.') + 1));
        }
        return null;
    }

    @Override
    public Void visitClass(ClassTree tree, Void unused) {
        String name = tree.getSimpleName().toString();
        if (!name.isEmpty()) {
            boolean isTop = getCurrentPath().getParentPath().getLeaf() == unit;
            (isTop ? file.topLevel : file.nested).add(name);
            file.own.add(name);
            if (!summarize(name, tree) && !tree.getModifiers().getFlags().contains(Modifier.PRIVATE)) {
                file.typesWithoutSummary.add(file.at(line(start(tree, tree.getModifiers()))));
            }
        }
        if (tree.getKind() == Tree.Kind.RECORD) {
            long components =
                    tree.getMembers().stream().filter(SyntaxReader::isComponent).count();
            file.parameterLists.add(new Sized(name, (int) components));
        }
        return super.visitClass(tree, null);
    }

    /** Returns whether a member of a record is a component: all fields that are not static are components. */
    private static boolean isComponent(Tree member) {
        return member instanceof VariableTree field
                && !field.getModifiers().getFlags().contains(Modifier.STATIC);
    }

    @Override
    public Void visitVariable(VariableTree tree, Void unused) {
        if (getCurrentPath().getParentPath().getLeaf() instanceof ClassTree) {
            summarize(tree.getName().toString(), tree);
        }
        return super.visitVariable(tree, null);
    }

    @Override
    public Void visitMethod(MethodTree tree, Void unused) {
        String name = tree.getName().contentEquals("<init>")
                ? enclosing()
                : tree.getName().toString();
        summarize(name, tree);
        long first = line(start(tree, tree.getModifiers()));
        if (tree.getBody() != null) {
            long last = line(positions.getEndPosition(unit, tree));
            file.methods.add(new Sized(file.at(first) + " " + name, (int) (last - first + 1)));
        }
        file.parameterLists.add(
                new Sized(enclosing() + "." + name, tree.getParameters().size()));
        if (tree.getModifiers().getAnnotations().stream().anyMatch(SyntaxReader::isTest)) {
            file.tests.add(new Sized(file.at(first) + " " + name, name.length()));
        }
        return super.visitMethod(tree, null);
    }

    private static boolean isTest(AnnotationTree annotation) {
        return TESTS.contains(annotation.getAnnotationType().toString());
    }

    @Override
    public Void visitIdentifier(IdentifierTree tree, Void unused) {
        if (isTypeName(tree.getName().toString())) {
            file.uses.add(tree.getName().toString());
        }
        return null;
    }

    /** Counts qualified names in code, such as {@code java.util.List}: packages in lower case, then a type. */
    @Override
    public Void visitMemberSelect(MemberSelectTree tree, Void unused) {
        List<String> parts = path(tree);
        int packages = (int) parts.stream()
                .takeWhile(part -> Character.isLowerCase(part.charAt(0)))
                .count();
        if (packages == 0
                || packages == parts.size()
                || !isTypeName(parts.get(packages))
                || parts.getFirst().equals("this")) {
            return super.visitMemberSelect(tree, null);
        }
        file.qualifiedNames.add(file.at(line(positions.getStartPosition(unit, tree))) + " " + tree);
        file.uses.add(String.join(".", parts.subList(0, packages + 1)));
        return null;
    }

    /** Returns the names of {@code a.b.C}; an empty list if the chain does not begin with a name. */
    private static List<String> path(MemberSelectTree tree) {
        List<String> names = new ArrayList<>(List.of(tree.getIdentifier().toString()));
        Tree left = tree.getExpression();
        while (left instanceof MemberSelectTree select) {
            names.addFirst(select.getIdentifier().toString());
            left = select.getExpression();
        }
        if (!(left instanceof IdentifierTree first)) {
            return List.of();
        }
        names.addFirst(first.getName().toString());
        return names;
    }

    /** Returns whether a name is written like a type ({@code Name}) and not like a constant ({@code NAME}). */
    private static boolean isTypeName(String name) {
        return Character.isUpperCase(name.charAt(0))
                && (name.length() == 1 || name.chars().anyMatch(Character::isLowerCase));
    }

    @Override
    public Void visitLiteral(LiteralTree tree, Void unused) {
        if (tree.getValue() instanceof String text && isSql(text)) {
            file.sqlLines.set(
                    (int) line(positions.getStartPosition(unit, tree)),
                    (int) line(positions.getEndPosition(unit, tree)) + 1);
        }
        return null;
    }

    private static boolean isSql(String text) {
        String[] words = text.strip().toLowerCase(Locale.ROOT).split("\\s+", 2);
        return words.length == 2 && SQL_VERBS.contains(words[0]);
    }

    /** Stores the summary of {@code tree}. Returns false if there is none. */
    private boolean summarize(String name, Tree tree) {
        DocCommentTree comment = trees.getDocCommentTree(getCurrentPath());
        String text = comment == null
                ? ""
                : comment.getFirstSentence().stream()
                        .map(Object::toString)
                        .collect(Collectors.joining())
                        .strip();
        if (text.isEmpty()) {
            return false;
        }
        List<String> words = words(text.replaceAll("\\{@\\w+", " "));
        Set<String> known = new HashSet<>(parts(name));
        known.addAll(parts(enclosing()));
        boolean saysNothing =
                words.stream().filter(word -> !FILLERS.contains(word)).allMatch(word -> known.contains(stem(word)));
        boolean isInverted = !words.isEmpty() && !text.startsWith("{") && INVERTED.contains(words.getFirst());
        String where = file.at(line(positions.getStartPosition(unit, tree))) + " " + name;
        file.summaries.add(new Summary(where, text.replaceAll("\\s+", " "), isInverted, saysNothing));
        return true;
    }

    /** Returns the name of the class around the current tree, or an empty text. */
    private String enclosing() {
        for (var path = getCurrentPath().getParentPath(); path != null; path = path.getParentPath()) {
            if (path.getLeaf() instanceof ClassTree around) {
                return around.getSimpleName().toString();
            }
        }
        return "";
    }

    private static List<String> words(String text) {
        return Arrays.stream(text.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}']+"))
                .filter(word -> !word.isEmpty())
                .toList();
    }

    /** Returns the words of a name in camel case, in lower case and without a plural s. */
    private static List<String> parts(String name) {
        return words(name.replaceAll("(?<=[a-z0-9])(?=[A-Z])|_", " ")).stream()
                .map(SyntaxReader::stem)
                .toList();
    }

    private static String stem(String word) {
        return word.length() > 3 && word.endsWith("s") ? word.substring(0, word.length() - 1) : word;
    }

    /** Returns the start of a declaration after its annotations. */
    private long start(Tree tree, ModifiersTree modifiers) {
        long start = positions.getStartPosition(unit, tree);
        if (modifiers.getAnnotations().isEmpty()) {
            return start;
        }
        long behind = positions.getEndPosition(unit, modifiers.getAnnotations().getLast());
        String line = file.lines.get((int) line(behind) - 1);
        boolean isAlone = map.getColumnNumber(behind) > line.stripTrailing().length();
        return isAlone ? map.getStartPosition(line(behind) + 1) : start;
    }

    private long line(long position) {
        return map.getLineNumber(position);
    }
}
