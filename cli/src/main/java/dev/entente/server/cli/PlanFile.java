package dev.entente.server.cli;

import dev.entente.server.app.TextFile;
import dev.entente.server.codec.PlanText;
import dev.entente.v1.Plan;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A reader of plan files: the JSON of {@code entente.v1.Plan}, alone or as {@code {"plan": …}}. */
final class PlanFile {
    private PlanFile() {}

    /**
     * Reads a plan.
     *
     * @param file {@code -} for standard input
     * @throws IOException with a sentence, if the file does not exist or cannot be read
     * @throws dev.entente.core.transaction.Refusal if the text cannot be parsed as a plan
     */
    static Plan read(String file) throws IOException {
        return PlanText.parse(text(file));
    }

    private static String text(String file) throws IOException {
        boolean isStandardInput = file.equals("-");
        try {
            byte[] bytes = isStandardInput ? System.in.readAllBytes() : Files.readAllBytes(Path.of(file));
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (IOException unreadable) {
            String why = switch (unreadable) {
                case NoSuchFileException _ -> " does not exist";
                case CharacterCodingException _ -> " is not text in UTF-8";
                default -> " cannot be read: " + TextFile.reason(Path.of(file), unreadable);
            };
            throw new IOException((isStandardInput ? "standard input" : "the file " + file) + why, unreadable);
        }
    }
}
