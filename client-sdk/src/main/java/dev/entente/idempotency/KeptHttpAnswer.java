package dev.entente.idempotency;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * An answer over HTTP, as a store keeps it.
 *
 * @param headers in the order in which they are repeated
 * @param body not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record KeptHttpAnswer(int status, List<Header> headers, byte[] body) {
    private static final int VERSION = 2;

    /**
     * A header that the handler set.
     *
     * @param isAdded or else it takes the place of others of its name
     */
    record Header(String name, String value, boolean isAdded) {}

    byte[] bytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            out.writeInt(status);
            out.writeInt(headers.size());
            for (Header header : headers) {
                out.writeUTF(header.name());
                out.writeUTF(header.value());
                out.writeBoolean(header.isAdded());
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
            List<Header> headers = new ArrayList<>();
            for (int left = in.readInt(); left > 0; left--) {
                headers.add(new Header(in.readUTF(), in.readUTF(), in.readBoolean()));
            }
            return new KeptHttpAnswer(status, headers, in.readNBytes(in.readInt()));
        }
    }
}
