package dev.entente.simulation.command;

import dev.entente.simulation.SeedSums;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32;

/**
 * A file that holds the sums of earlier runs. It is replaced as a whole: whoever reads it finds one state or the next.
 *
 * @param drawnBy stands for what draws the seeds: sums of seeds that drew otherwise are not gone on with
 */
public record StateFile(Path path, long drawnBy) {
    private static final int MAGIC = 0x53494D32;
    /** The mark, and what draws the seeds. */
    private static final int HEAD = Integer.BYTES + Long.BYTES;

    /** Reads what earlier runs have left; nothing where there is no such file. */
    void readInto(SeedSums sums) throws IOException {
        if (!Files.exists(path)) {
            return;
        }
        byte[] all = Files.readAllBytes(path);
        ByteBuffer content = ByteBuffer.wrap(all);
        if (all.length < HEAD + Long.BYTES || content.getInt() != MAGIC) {
            throw new IOException("it is no state of this simulation");
        }
        int length = all.length - Long.BYTES;
        if (content.getLong(length) != checksum(all, length)) {
            throw new IOException("its checksum does not fit: it is damaged");
        }
        DataInputStream sumsOfFile = new DataInputStream(new ByteArrayInputStream(all, HEAD, length - HEAD));
        if (content.getLong(Integer.BYTES) != drawnBy) {
            throw new IOException(
                    "its seeds drew other plans or faults than they draw now; name another file, where --seed "
                            + SeedSums.readNextSeed(sumsOfFile) + " goes on behind it");
        }
        sums.read(sumsOfFile);
    }

    private static long checksum(byte[] bytes, int length) {
        CRC32 sum = new CRC32();
        sum.update(bytes, 0, length);
        return sum.getValue();
    }

    public void write(SeedSums sums) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(MAGIC);
        out.writeLong(drawnBy);
        sums.write(out);
        out.writeLong(checksum(bytes.toByteArray(), bytes.size()));
        Path next = path.resolveSibling(path.getFileName() + ".next");
        try (FileChannel channel = FileChannel.open(
                next, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer content = ByteBuffer.wrap(bytes.toByteArray());
            while (content.hasRemaining()) {
                channel.write(content);
            }
            channel.force(true);
        }
        Files.move(next, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
