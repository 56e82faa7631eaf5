package dev.entente.wire;

import io.grpc.Context;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The children that one try has tried successfully, as named in its answer ({@link BranchMetadata#TRIED}): paths below
 * the tried branch, separated by commas. A path with the suffix {@code /*} means all children registered below a child
 * whose participant named none. Thread-safe.
 */
public final class TriedChildren {
    /** The longest text, in characters: by default HTTP/2 peers accept 8 KiB for all trailers together. */
    public static final int MAX_CHARS = 4096;

    /** A suffix of a path: all children registered below it. */
    public static final String ALL_BELOW = "/*";

    private static final Context.Key<TriedChildren> CURRENT = Context.key("entente-tried");

    private final String gid;
    private final String branch;
    private final Set<String> names = new LinkedHashSet<>();

    /** Makes an empty set of children below that branch. */
    public TriedChildren(String gid, String branch) {
        this.gid = gid;
        this.branch = branch;
    }

    /** Returns the children of the try in progress in this context, or null if there is none. */
    public static @Nullable TriedChildren current() {
        return CURRENT.get();
    }

    /** Returns {@link #current} if that try belongs to the transaction; otherwise a new set for the branch. */
    public static TriedChildren of(String gid, String branch) {
        TriedChildren current = current();
        return current != null && current.gid.equals(gid) ? current : new TriedChildren(gid, branch);
    }

    /** Returns the given context with these as its {@link #current} children. */
    public Context in(Context context) {
        return context.withValue(CURRENT, this);
    }

    /**
     * Adds a child that was tried successfully, and the names in its own answer.
     *
     * @param path the child's complete path; ignored if the path is not below the tried branch
     * @param named the names in the child's answer, or null if there are none
     */
    public synchronized void add(String path, @Nullable String named) {
        if (!path.startsWith(branch + "/")) {
            return;
        }
        String child = path.substring(branch.length() + 1);
        names.add(child);
        if (named == null) {
            names.add(child + ALL_BELOW);
        } else {
            split(named).forEach(name -> names.add(child + "/" + name));
        }
    }

    /** Adds the names in an earlier answer of this try. */
    public synchronized void addAll(String text) {
        names.addAll(split(text));
    }

    /** Returns the names, separated by commas; empty if there are none. */
    public synchronized String text() {
        return String.join(",", names);
    }

    /**
     * Returns the names below a branch as complete paths, including the branch itself.
     *
     * @param named the names in the branch's answer, or null if there are none
     */
    public static Set<String> paths(String branch, @Nullable String named) {
        Set<String> paths = new LinkedHashSet<>();
        paths.add(branch);
        if (named == null) {
            paths.add(branch + ALL_BELOW);
        } else {
            split(named).forEach(name -> paths.add(branch + "/" + name));
        }
        return paths;
    }

    private static Set<String> split(String text) {
        Set<String> names = new LinkedHashSet<>();
        for (String name : text.split(",", -1)) {
            if (!name.isBlank()) {
                names.add(name.strip());
            }
        }
        return names;
    }
}
