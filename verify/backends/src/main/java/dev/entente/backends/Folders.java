package dev.entente.backends;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/** Chooses and deletes temporary folders. */
public final class Folders {
    private static final Path MEMORY = Path.of("/dev/shm");
    private static final long MEMORY_OF_TESTS = 6L << 30;

    private Folders() {}

    /**
     * Returns the parent for folders of one test: memory if it has enough free space, otherwise the temporary folder.
     * On some disks, creating a file is ten times slower soon after many deletions.
     */
    static Path fleeting() throws IOException {
        boolean isLarge = Files.isWritable(MEMORY) && Files.getFileStore(MEMORY).getUsableSpace() > MEMORY_OF_TESTS;
        return isLarge ? MEMORY : Path.of(System.getProperty("java.io.tmpdir"));
    }

    /** Deletes a folder if it exists. Other processes may delete or write files in it at the same time. */
    public static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                if (failure instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw failure;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path left, @Nullable IOException failure) throws IOException {
                Files.deleteIfExists(left);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
