package dev.entente.wire;

import io.grpc.Context;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The children that one try has tried with success, as its answer names them ({@link BranchMetadata#TRIED}): paths
 * below the tried branch, separated by commas. A path that ends in {@code /*} stands for all that is registered below
 * that child, whose participant named none. Thread-safe.
 */
public final class TriedChildren {
    /**
     * The longest text, in characters: HTTP/2 peers take 8 KiB of trailers unless told otherwise, other ones included.
     */
    public static final int MOST_CHARS = 4096;

    /** Behind a path: whatever is registered below it. */
    public static final String ALL_BELOW = "/*";

    private static final Context.Key<TriedChildren> CURRENT = Context.key("entente-tried");

    private final String gid;
    private final String branch;
    private final Set<String> names = new LinkedHashSet<>();

    /** Starts with no child below that branch. */
    public TriedChildren(String gid, String branch) {
        this.gid = gid;
        this.branch = branch;
    }

    /** Returns the children of the try that is being answered in this context, or null if there is none. */
    public static @Nullable TriedChildren current() {
        return CURRENT.get();
    }

    /** As {@link #current}, if the try is one of that transaction; else new ones of that branch. */
    public static TriedChildren of(String gid, String branch) {
        TriedChildren current = current();
        return current != null && current.gid.equals(gid) ? current : new TriedChildren(gid, branch);
    }

    /** The given context with these as its {@link #current} ones. */
    public Context in(Context context) {
        return context.withValue(CURRENT, this);
    }

    /**
     * Adds a child that was tried with success, and what its own answer named.
     *
     * @param path the child's whole path; one that is not below the tried branch is not this try's to name
     * @param named what the child's answer named, or null if it named nothing
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

    /** Adds what an earlier answer of the same try named. */
    public synchronized void addAll(String text) {
        names.addAll(split(text));
    }

    /** The names, separated by commas; empty if there are none. */
    public synchronized String text() {
        return String.join(",", names);
    }

    /**
     * The names below a branch as whole paths, the branch itself among them.
     *
     * @param named what the branch's answer named, or null if it named nothing
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
