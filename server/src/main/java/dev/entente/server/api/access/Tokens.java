package dev.entente.server.api.access;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Bearer tokens, stored in a file as hashes. Each token has a line, {@code name roles sha256}, then optionally {@code
 * not-before=} and {@code expires=}, each with an instant; comments begin with {@code #}. Immutable.
 *
 * <p>A token is 32 random bytes, for which one round of SHA-256 without salt is sufficient: guesses and dictionaries
 * are useless.
 */
public final class Tokens {
    private static final String PREFIX = "ent_";
    private static final String NOT_BEFORE = "not-before=";
    private static final String EXPIRES = "expires=";
    private static final int SECRET_BYTES = 32;
    /** The names that the audit has for actors other than users. */
    static final Pattern RESERVED = Pattern.compile("(?i)coordinator|unknown|anonymous(@.*)?");

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._@-]{1,64}");
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

    /**
     * One token, without its secret.
     *
     * @param name the principal in audit entries
     * @param hash SHA-256 of the secret, in hex
     * @param notBefore null for a token that is valid immediately
     * @param expires null for a token that is valid until it is revoked
     */
    public record Token(
            String name,
            Set<Access> roles,
            String hash,
            @Nullable Instant notBefore,
            @Nullable Instant expires) {
        /** Returns whether {@code now} is within the token's validity. */
        boolean isValid(Instant now) {
            return (notBefore == null || !now.isBefore(notBefore)) && (expires == null || now.isBefore(expires));
        }

        private String line() {
            return name + " " + labels(roles) + " " + hash
                    + (notBefore == null ? "" : " " + NOT_BEFORE + notBefore)
                    + (expires == null ? "" : " " + EXPIRES + expires);
        }
    }

    /** A new token, with the secret that is shown once. */
    public record Created(Tokens tokens, String secret) {}

    private final Map<String, Token> byName;
    private final Map<String, Token> byHash;

    private Tokens(Map<String, Token> byName) {
        this.byName = byName;
        this.byHash = byName.values().stream().collect(Collectors.toUnmodifiableMap(Token::hash, token -> token));
    }

    public static Tokens none() {
        return new Tokens(Map.of());
    }

    /**
     * Reads a file. Blocks.
     *
     * @throws IllegalArgumentException for a line that is no token, or for a duplicate name or hash; the message
     *     contains the file and the line number, never the line's content
     */
    public static Tokens read(Path file) throws IOException {
        Map<String, Token> read = new LinkedHashMap<>();
        Map<String, String> namesByHash = new HashMap<>();
        int number = 0;
        WatchedFiles.refusePipe(file);
        for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
            number++;
            String text = (number == 1 && line.startsWith("\uFEFF") ? line.substring(1) : line).strip();
            if (text.isEmpty() || text.startsWith("#")) {
                continue;
            }
            Token token = parse(text, file + " line " + number);
            if (read.putIfAbsent(token.name(), token) != null) {
                throw new IllegalArgumentException(
                        file + " line " + number + ": a second token '" + token.name() + "'");
            }
            String other = namesByHash.putIfAbsent(token.hash(), token.name());
            if (other != null) {
                throw new IllegalArgumentException(file + " line " + number + ": '" + token.name()
                        + "' has the hash of '" + other + "', and one token has one name; remove one of the lines");
            }
        }
        return new Tokens(read);
    }

    private static Token parse(String text, String where) {
        String[] parts = text.split("\\s+", -1);
        if (parts.length < 3
                || !NAME.matcher(parts[0]).matches()
                || !HASH.matcher(parts[2]).matches()) {
            throw new IllegalArgumentException(where
                    + " is not a valid token line; write: name role[,role] sha256-in-hex [not-before=INSTANT]"
                    + " [expires=INSTANT]");
        }
        try {
            return timed(parts[0], roles(parts[1]), parts[2], List.of(parts).subList(3, parts.length));
        } catch (IllegalArgumentException unknown) {
            throw new IllegalArgumentException(where + ": " + unknown.getMessage(), unknown);
        }
    }

    /** Refuses unknown attributes, because an unknown attribute might restrict the token. */
    private static Token timed(String name, Set<Access> roles, String hash, List<String> rest) {
        Instant notBefore = null;
        Instant expires = null;
        for (String one : rest) {
            if (one.startsWith(NOT_BEFORE) && notBefore == null) {
                notBefore = instant(one, NOT_BEFORE);
            } else if (one.startsWith(EXPIRES) && expires == null) {
                expires = instant(one, EXPIRES);
            } else {
                throw new IllegalArgumentException(
                        "the text after the hash is neither not-before= nor expires=, or contains one of these twice");
            }
        }
        return new Token(name, roles, hash, notBefore, expires);
    }

    private static Instant instant(String text, String key) {
        try {
            return Instant.parse(text.substring(key.length()));
        } catch (DateTimeParseException malformed) {
            throw new IllegalArgumentException(
                    key + " is not followed by an instant such as 2027-01-31T00:00:00Z", malformed);
        }
    }

    /** @throws IllegalArgumentException for an unknown role name */
    static Set<Access> roles(String text) {
        Set<Access> roles = new TreeSet<>();
        for (String label : text.split(",", -1)) {
            roles.add(Access.of(label));
        }
        return Set.copyOf(roles);
    }

    /**
     * Replaces the file atomically. The new file has the owner, the group and the permissions of the old file, so the
     * readers of the old file can read the new file. Only its owner can read a first file. Blocks.
     *
     * @throws IOException also if the new file cannot be given to the old owner and group: then nothing is changed
     */
    public void write(Path file) throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add("# Entente's bearer tokens: name, roles, SHA-256 of the token. The coordinator reads this file again"
                + " when it changes.");
        for (Token token : all()) {
            lines.add(token.line());
        }
        Path absolute = file.toAbsolutePath();
        Path fresh = absolute.resolveSibling(absolute.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        try {
            boolean isPosix =
                    absolute.getFileSystem().supportedFileAttributeViews().contains("posix");
            if (isPosix) {
                Files.createFile(
                        fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            }
            Files.write(fresh, lines, StandardCharsets.UTF_8);
            if (isPosix && Files.exists(absolute)) {
                giveAway(fresh, Files.readAttributes(absolute, PosixFileAttributes.class), absolute);
            }
            Files.move(fresh, absolute, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    /** Sets the permissions last: until then only this process's user may read the file. */
    private static void giveAway(Path fresh, PosixFileAttributes old, Path file) throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(fresh, PosixFileAttributeView.class);
        PosixFileAttributes made = view.readAttributes();
        try {
            if (!made.group().equals(old.group())) {
                view.setGroup(old.group());
            }
            if (!made.owner().equals(old.owner())) {
                view.setOwner(old.owner());
            }
            view.setPermissions(old.permissions());
        } catch (IOException refused) {
            throw new IOException(
                    "'" + file + "' belongs to " + old.owner().getName() + ":"
                            + old.group().getName() + ", and this user cannot give a new file this owner and group ("
                            + refused.getMessage() + "); nothing was changed; run the command as the owner, or as root",
                    refused);
        }
    }

    /** Returns the roles in the file's format: {@code operator,viewer}. */
    public static String labels(Set<Access> roles) {
        return new TreeSet<>(roles).stream().map(Access::label).collect(Collectors.joining(","));
    }

    /**
     * Makes a token with a validity period.
     *
     * @param notBefore null for immediately
     * @param expires null for never
     * @throws IllegalArgumentException if the name is taken or malformed, there is no role, or the validity is empty
     */
    public Created create(String name, Set<Access> roles, @Nullable Instant notBefore, @Nullable Instant expires) {
        if (notBefore != null && expires != null && !notBefore.isBefore(expires)) {
            throw new IllegalArgumentException("the token '" + name + "' would never be valid: it expires at " + expires
                    + ", and is not valid before " + notBefore);
        }
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("'" + name + "' is not a valid token name; use [A-Za-z0-9._@-]{1,64}");
        }
        if (RESERVED.matcher(name).matches()) {
            throw new IllegalArgumentException("'" + name + "' is a reserved name in the audit; use another name");
        }
        if (roles.isEmpty()) {
            throw new IllegalArgumentException("the token '" + name + "' has no role; use one of: "
                    + labels(Set.of(Access.values())).replace(",", ", "));
        }
        if (byName.containsKey(name)) {
            throw new IllegalArgumentException(
                    "there is a token '" + name + "' already; revoke it first or use another name");
        }
        byte[] random = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(random);
        String secret = PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        Map<String, Token> more = new LinkedHashMap<>(byName);
        more.put(name, new Token(name, Set.copyOf(roles), hash(secret), notBefore, expires));
        return new Created(new Tokens(more), secret);
    }

    /** @throws IllegalArgumentException if the token does not exist */
    public Tokens without(String name) {
        Map<String, Token> fewer = new LinkedHashMap<>(byName);
        if (fewer.remove(name) == null) {
            throw new IllegalArgumentException(
                    "there is no token '" + name + "'; there are: " + String.join(", ", byName.keySet()));
        }
        return new Tokens(fewer);
    }

    /** Returns a text: {@code came: billing (submitter); gone: eve; changed: ops (admin)}; empty without a change. */
    String changesTo(Tokens after) {
        Map<String, Token> gone = new LinkedHashMap<>(byName);
        List<String> came = new ArrayList<>();
        List<String> changed = new ArrayList<>();
        for (Token token : after.all()) {
            Token old = gone.remove(token.name());
            if (!token.equals(old)) {
                (old == null ? came : changed).add(token.name() + " (" + labels(token.roles()) + ")");
            }
        }
        return Stream.of(named("came", came), named("gone", gone.keySet()), named("changed", changed))
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining("; "));
    }

    private static String named(String label, Collection<String> names) {
        return names.isEmpty() ? "" : label + ": " + String.join(", ", names);
    }

    /** Returns the tokens in the order of the file. */
    public List<Token> all() {
        return List.copyOf(byName.values());
    }

    /** Returns the token with this hash of its secret, or null. */
    @Nullable
    Token withHash(String hash) {
        return byHash.get(hash);
    }

    /** Returns the SHA-256 of a secret, in hex. */
    static String hash(String secret) {
        return PeerProof.digest(secret.getBytes(StandardCharsets.UTF_8));
    }
}
