package dev.entente.server.app;

import dev.entente.server.api.access.Access;
import dev.entente.server.api.access.Tokens;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A token file of a coordinator, and the secrets of its principals. */
public final class Principals {
    public final Path file;
    private final Map<String, String> secrets = new HashMap<>();
    private Tokens tokens = Tokens.none();

    /** @param all a name and its roles each: {@code "ops submitter,operator"} */
    public Principals(Path folder, String... all) {
        file = folder.resolve("tokens");
        for (String one : all) {
            String[] words = one.split(" ", -1);
            add(words[0], words[1], null, null);
        }
    }

    public void add(String name, String roles, @Nullable Instant notBefore, @Nullable Instant expires) {
        Set<Access> granted =
                Arrays.stream(roles.split(",", -1)).map(Access::of).collect(Collectors.toSet());
        Tokens.Created created = tokens.create(name, granted, notBefore, expires);
        secrets.put(name, created.secret());
        write(created.tokens());
    }

    public void revoke(String name) {
        write(tokens.without(name));
    }

    /** Gives a token another name. */
    public void rename(String name, String other) {
        try {
            Files.writeString(file, Files.readString(file).replace(name + " ", other + " "));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write(Tokens now) {
        tokens = now;
        try {
            now.write(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns a client of the coordinator with a principal's token. */
    public Client at(Client coordinator, String name) {
        return coordinator.as(secret(name));
    }

    public String secret(String name) {
        return Objects.requireNonNull(secrets.get(name), name);
    }
}
