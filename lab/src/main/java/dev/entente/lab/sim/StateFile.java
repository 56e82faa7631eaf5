package dev.entente.lab.sim;

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

/** A file that holds the sums of earlier runs. It is replaced as a whole: whoever reads it finds one state or the next. */
record StateFile(Path path) {
    private static final int MAGIC = 0x53494D31;

    /** Reads what earlier runs have left; nothing where there is no such file. */
    void readInto(SeedSums sums) throws IOException {
        if (!Files.exists(path)) {
            return;
        }
        byte[] all = Files.readAllBytes(path);
        ByteBuffer content = ByteBuffer.wrap(all);
        if (all.length < 12 || content.getInt() != MAGIC) {
            throw new IOException("it is no state of the simulation");
        }
        int length = all.length - Long.BYTES;
        if (content.getLong(length) != checksum(all, length)) {
            throw new IOException("its checksum does not fit: it is damaged");
        }
        sums.read(new DataInputStream(new ByteArrayInputStream(all, Integer.BYTES, length - Integer.BYTES)));
    }

    private static long checksum(byte[] bytes, int length) {
        CRC32 sum = new CRC32();
        sum.update(bytes, 0, length);
        return sum.getValue();
    }

    void write(SeedSums sums) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(MAGIC);
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
