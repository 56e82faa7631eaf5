package dev.entente.server.store.audit.sink;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Appends lines of JSON to a file, and returns once they are on the disk. A file that was moved away is made anew, so
 * that whoever rotates logs need not tell. A line that was cut off by a crash or a full disk is ended before the next.
 */
public final class FileSink implements AuditSink {
    private static final Set<StandardOpenOption> APPEND = Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND);

    private final Path file;
    private @Nullable FileChannel channel;
    private @Nullable Object key;

    /** @param file is made where there is none, readable for its owner alone; its folder must be there */
    public FileSink(Path file) {
        this.file = file.toAbsolutePath();
    }

    /**
     * Makes the file, or tries it. Blocks.
     *
     * @throws IOException if lines cannot be appended to it
     */
    public void open() throws IOException {
        var _ = current();
    }

    @Override
    public String name() {
        return "file";
    }

    @Override
    public void take(List<SinkLine> lines) throws IOException {
        StringBuilder text = new StringBuilder();
        lines.forEach(line -> text.append(line.json()).append('\n'));
        try {
            FileChannel open = current();
            append(open, text.toString());
            open.force(false);
        } catch (IOException failed) {
            close();
            throw failed;
        }
    }

    /** The channel of the file that has the name now. */
    private FileChannel current() throws IOException {
        FileChannel open = channel;
        if (open != null && Objects.equals(key, keyOf(file))) {
            return open;
        }
        close();
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new IOException(file + " is no regular file");
        }
        boolean isCutOff = isCutOff();
        FileChannel opened = FileChannel.open(file, APPEND, attributes());
        channel = opened;
        key = keyOf(file);
        if (isCutOff) {
            append(opened, "\n");
        }
        try (FileChannel folder = FileChannel.open(Objects.requireNonNull(file.getParent()))) {
            folder.force(true); // Else the file's name could be lost with the machine.
        }
        return opened;
    }

    private static void append(FileChannel open, String text) throws IOException {
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
        while (bytes.hasRemaining()) {
            var _ = open.write(bytes);
        }
    }

    private static @Nullable Object keyOf(Path file) throws IOException {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
        } catch (NoSuchFileException _) {
            return "moved away";
        }
    }

    private boolean isCutOff() throws IOException {
        if (!Files.exists(file) || Files.size(file) == 0) {
            return false;
        }
        try (SeekableByteChannel reading = Files.newByteChannel(file)) {
            ByteBuffer last = ByteBuffer.allocate(1);
            return reading.position(reading.size() - 1).read(last) == 1 && last.get(0) != '\n';
        }
    }

    private FileAttribute<?>[] attributes() {
        return file.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }

    @Override
    public void close() {
        FileChannel open = channel;
        channel = null;
        if (open != null) {
            try {
                open.close();
            } catch (IOException _) {
                // What was forced is on the disk.
            }
        }
    }
}
