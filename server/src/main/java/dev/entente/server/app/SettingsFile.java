package dev.entente.server.app;

import com.google.common.base.Throwables;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.server.app.Settings.Given;
import dev.entente.server.store.StartupFailure;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.DuplicateKeyException;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;

/** The YAML file of {@code --config}, as keys with dots and unconverted text. */
final class SettingsFile {
    /** A limit above any real key; only an anchor that contains itself exceeds the limit. */
    private static final int LONGEST_KEY = 1000;

    private final Path file;
    private final Map<String, Given> flat = new TreeMap<>();

    private SettingsFile(Path file) {
        this.file = file;
    }

    /** @throws StartupFailure ENT-071 */
    static Map<String, Given> read(Path file) {
        SettingsFile read = new SettingsFile(file);
        read.flatten("", read.yaml());
        return read.flat;
    }

    private Map<?, ?> yaml() {
        try (Reader reader = Files.newBufferedReader(file)) {
            LoaderOptions options = new LoaderOptions();
            options.setAllowDuplicateKeys(false);
            DumperOptions unused = new DumperOptions();
            Object read = new Yaml(
                            new SafeConstructor(options), new Representer(unused), unused, options, new AsWritten())
                    .load(reader);
            if (read == null) {
                return Map.of();
            }
            if (read instanceof Map<?, ?> map) {
                return map;
            }
            throw bad("the file is not a list of settings; write `key: value` lines", null);
        } catch (IOException unreadable) {
            throw bad("the file cannot be read: " + TextFile.reason(file, unreadable), unreadable);
        } catch (DuplicateKeyException twice) {
            throw bad("a key appears twice, keep only one: " + twice.getMessage(), twice);
        } catch (YAMLException malformed) {
            Throwable root = Throwables.getRootCause(malformed);
            throw root instanceof CharacterCodingException
                    ? bad("the file is not text in UTF-8; save the file in UTF-8", malformed)
                    : bad("the file is not valid YAML: " + malformed.getMessage(), malformed);
        }
    }

    /** Reads a value without quotes as text, and not as a number, a flag or a date; an empty value is no value. */
    private static final class AsWritten extends Resolver {
        @Override
        protected void addImplicitResolvers() {
            addImplicitResolver(Tag.MERGE, MERGE, "<");
            addImplicitResolver(Tag.NULL, EMPTY, null);
        }
    }

    private StartupFailure bad(String why, @Nullable Exception cause) {
        return new StartupFailure(ErrorCode.BAD_VALUE, "the configuration " + file + ": " + why, cause);
    }

    private void flatten(String prefix, Map<?, ?> map) {
        map.forEach((key, value) -> {
            String path = prefix.isEmpty() ? String.valueOf(key) : prefix + "." + key;
            if (path.length() > LONGEST_KEY) {
                throw new StartupFailure(
                        ErrorCode.BAD_VALUE, name() + ": '" + path.substring(0, 40) + "…' is too long");
            }
            if (value instanceof Map<?, ?> nested) {
                flatten(path, nested);
            } else if (value instanceof List<?> list) {
                String text = list.stream()
                        .filter(Objects::nonNull)
                        .map(Objects::toString)
                        .collect(Collectors.joining(","));
                add(path, text);
            } else if (value != null) {
                add(path, value.toString());
            }
        });
    }

    private void add(String path, String text) {
        String key = Settings.wholeKey(path);
        if (flat.put(key, new Given(text, name())) != null) {
            throw new StartupFailure(
                    ErrorCode.BAD_VALUE,
                    "'" + key + "' (" + name() + ") appears twice, nested and dotted; keep only one");
        }
    }

    private String name() {
        return file.getFileName().toString();
    }
}
