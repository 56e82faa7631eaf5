package dev.entente.server.app;

import java.io.BufferedReader;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads small files of users, and describes why a file cannot be read or written. */
public final class TextFile {
    private static final String NO_RIGHT = "permission denied";
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private TextFile() {}

    /** Returns the first line without a byte order mark; empty for an empty file. Blocks. */
    public static String firstLine(Path file) throws IOException {
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            String first = lines.readLine();
            return first == null ? "" : withoutMark(first);
        }
    }

    /** Returns the text without the byte order mark of some editors. */
    static String withoutMark(String text) {
        return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
    }

    /** Returns the reason without the file, for the end of a sentence: "it does not exist". */
    public static String reason(Path file, Exception failure) {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null && !Files.isDirectory(folder)) {
            return "its folder does not exist";
        }
        if (Files.isDirectory(file)) {
            return "it is a folder";
        }
        return switch (failure) {
            case CharacterCodingException _ -> "it is not text in UTF-8";
            case AccessDeniedException _ -> NO_RIGHT;
            case NoSuchFileException _ -> "it does not exist";
            case FileNotFoundException _ -> Files.exists(file) ? NO_RIGHT : "it does not exist";
            case FileSystemException other when other.getReason() != null -> other.getReason();
            default -> String.valueOf(failure.getMessage());
        };
    }

    /** Returns the reason of {@link #reason(Path, Exception)}, and what to do about it. */
    public static String advice(Path file, Exception failure) {
        String reason = reason(file, failure);
        return reason
                + switch (failure) {
                    case CharacterCodingException _ -> "; save the file in UTF-8";
                    case IOException _
                    when reason.equals(NO_RIGHT) ->
                        "; the user '" + System.getProperty("user.name") + "' needs the right to read it";
                    default -> "; check the path";
                };
    }

    /** Returns the reason, with the file's name if the failure contains the name. */
    static String reason(Throwable failure) {
        return failure instanceof FileSystemException of && of.getFile() != null
                ? of.getFile() + ": " + reason(Path.of(of.getFile()), of)
                : String.valueOf(failure.getMessage());
    }
}
