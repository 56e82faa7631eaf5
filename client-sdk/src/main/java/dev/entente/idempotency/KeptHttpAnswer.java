package dev.entente.idempotency;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * An answer over HTTP, as a store keeps it.
 *
 * @param headers by name, each with its values
 * @param body not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record KeptHttpAnswer(int status, Map<String, List<String>> headers, byte[] body) {
    private static final int VERSION = 1;

    byte[] bytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            out.writeInt(status);
            out.writeInt(headers.values().stream().mapToInt(List::size).sum());
            for (Map.Entry<String, List<String>> header : headers.entrySet()) {
                for (String value : header.getValue()) {
                    out.writeUTF(header.getKey());
                    out.writeUTF(value);
                }
            }
            out.writeInt(body.length);
            out.write(body);
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
        return bytes.toByteArray();
    }

    static KeptHttpAnswer of(byte[] bytes) throws IOException {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            if (in.readByte() != VERSION) {
                throw new IOException("this answer was kept by another version of the SDK");
            }
            int status = in.readInt();
            Map<String, List<String>> headers = new TreeMap<>();
            for (int left = in.readInt(); left > 0; left--) {
                String name = in.readUTF();
                String value = in.readUTF();
                headers.merge(name, List.of(value), KeptHttpAnswer::both);
            }
            return new KeptHttpAnswer(status, headers, in.readNBytes(in.readInt()));
        }
    }

    private static List<String> both(List<String> before, List<String> next) {
        return Stream.concat(before.stream(), next.stream()).toList();
    }
}
