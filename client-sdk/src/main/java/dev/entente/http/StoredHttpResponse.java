package dev.entente.http;

import com.google.protobuf.ByteString;
import dev.entente.wire.StoredAnswer;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A stored answer over HTTP.
 *
 * @param headers in the order in which they are repeated
 * @param body must not be changed
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record StoredHttpResponse(int status, List<Header> headers, byte[] body) {
    private static final int VERSION = 2;
    private static final int OK = 200;

    /**
     * A header that the handler set.
     *
     * @param isAdded true to add the header; false to replace others of its name
     */
    public record Header(String name, String value, boolean isAdded) {}

    /** Returns the bytes that {@link #of(byte[])} reads. */
    public byte[] bytes() {
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

    /** Reads the bytes that {@link #bytes} returned. */
    public static StoredHttpResponse of(byte[] bytes) throws IOException {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            if (in.readByte() != VERSION) {
                throw new IOException("this response was stored by another version of the SDK");
            }
            int status = in.readInt();
            List<Header> headers = new ArrayList<>();
            for (int left = in.readInt(); left > 0; left--) {
                headers.add(new Header(in.readUTF(), in.readUTF(), in.readBoolean()));
            }
            return new StoredHttpResponse(status, headers, in.readNBytes(in.readInt()));
        }
    }

    /** Sends this answer. */
    public void sendTo(HttpServletResponse answer) throws IOException {
        answer.setStatus(status);
        for (Header header : headers) {
            if (header.isAdded()) {
                answer.addHeader(header.name(), header.value());
            } else {
                answer.setHeader(header.name(), header.value());
            }
        }
        write(answer, body);
    }

    /** Writes to the stream, or to the writer if the handler or an earlier filter uses the writer. */
    public static void write(HttpServletResponse answer, byte[] body) throws IOException {
        ServletOutputStream stream;
        try {
            stream = answer.getOutputStream();
        } catch (IllegalStateException hasWriter) {
            answer.getWriter().write(new String(body, Charset.forName(answer.getCharacterEncoding())));
            return;
        }
        stream.write(body);
    }

    /** Returns the columns of a row of the barrier. */
    public StoredAnswer stored() {
        StringBuilder lines = new StringBuilder();
        headers.forEach(header -> lines.append(header.isAdded() ? "+" : "")
                .append(header.name())
                .append(": ")
                .append(header.value())
                .append('\n'));
        return new StoredAnswer(ByteString.copyFrom(body), status, lines.toString());
    }

    /** Reads the columns that {@link #stored} returned; an answer without a status is a success in JSON. */
    public static StoredHttpResponse of(StoredAnswer stored) {
        Integer status = stored.httpStatus();
        String lines = Objects.requireNonNullElse(stored.httpHeaders(), "");
        if (status == null) {
            lines = stored.bytes().isEmpty() ? "" : "Content-Type: application/json";
        }
        List<Header> headers = new ArrayList<>();
        lines.lines().forEach(line -> {
            boolean isAdded = line.startsWith("+");
            int colon = line.indexOf(": ");
            headers.add(new Header(line.substring(isAdded ? 1 : 0, colon), line.substring(colon + 2), isAdded));
        });
        return new StoredHttpResponse(
                status == null ? OK : status, headers, stored.bytes().toByteArray());
    }
}
