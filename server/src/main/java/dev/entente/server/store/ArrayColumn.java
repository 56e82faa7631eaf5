package dev.entente.server.store;

import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.Oid;
import org.postgresql.jdbc.PgArray;

/**
 * One array parameter of a statement, written element by element in PostgreSQL's binary format: no boxing, no copy per
 * row. The next batch reuses the buffer.
 *
 * <p>The format (array_recv in PostgreSQL's arrayfuncs.c): number of dimensions, null flag, the element's oid, length,
 * lower bound; then for each element its length, or -1 for null, and its bytes.
 */
public final class ArrayColumn {
    private static final int HEADER_BYTES = 20;
    private static final int KEPT_BYTES = 1 << 20;

    private final int elementOid;
    private final int arrayOid;
    private byte[] buffer = new byte[4096];
    private int length = HEADER_BYTES;
    private int count;
    private boolean hasNulls;

    private ArrayColumn(int elementOid, int arrayOid) {
        this.elementOid = elementOid;
        this.arrayOid = arrayOid;
    }

    public static ArrayColumn ofBooleans() {
        return new ArrayColumn(Oid.BOOL, Oid.BOOL_ARRAY);
    }

    public static ArrayColumn ofShorts() {
        return new ArrayColumn(Oid.INT2, Oid.INT2_ARRAY);
    }

    public static ArrayColumn ofInts() {
        return new ArrayColumn(Oid.INT4, Oid.INT4_ARRAY);
    }

    public static ArrayColumn ofLongs() {
        return new ArrayColumn(Oid.INT8, Oid.INT8_ARRAY);
    }

    public static ArrayColumn ofTexts() {
        return new ArrayColumn(Oid.TEXT, Oid.TEXT_ARRAY);
    }

    public static ArrayColumn ofBytes() {
        return new ArrayColumn(Oid.BYTEA, Oid.BYTEA_ARRAY);
    }

    public boolean isEmpty() {
        return count == 0;
    }

    public void clear() {
        length = HEADER_BYTES;
        count = 0;
        hasNulls = false;
        if (buffer.length > KEPT_BYTES) {
            buffer = new byte[4096];
        }
    }

    public void add(boolean value) {
        begin(1);
        buffer[length++] = (byte) (value ? 1 : 0);
    }

    public void addShort(int value) {
        begin(2);
        buffer[length++] = (byte) (value >>> 8);
        buffer[length++] = (byte) value;
    }

    public void addInt(int value) {
        begin(4);
        putInt(length, value);
        length += 4;
    }

    public void addLong(long value) {
        begin(8);
        putInt(length, (int) (value >>> 32));
        putInt(length + 4, (int) value);
        length += 8;
    }

    public void add(@Nullable String value) {
        if (value == null) {
            addNull();
            return;
        }
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        begin(bytes.length);
        System.arraycopy(bytes, 0, buffer, length, bytes.length);
        length += bytes.length;
    }

    public void add(@Nullable ByteString value) {
        if (value == null) {
            addNull();
            return;
        }
        begin(value.size());
        value.copyTo(buffer, length);
        length += value.size();
    }

    private void addNull() {
        hasNulls = true;
        begin(0);
        putInt(length - 4, -1);
    }

    private void begin(int bytes) {
        int needed = Math.addExact(length, bytes + 4);
        if (needed > buffer.length) {
            buffer = Arrays.copyOf(buffer, (int) Math.min(Integer.MAX_VALUE - 8, Math.max(needed, 2L * buffer.length)));
        }
        putInt(length, bytes);
        length += 4;
        count++;
    }

    public void bind(PreparedStatement statement, int index) throws SQLException {
        putInt(0, 1);
        putInt(4, hasNulls ? 1 : 0);
        putInt(8, elementOid);
        putInt(12, count);
        putInt(16, 1);
        BaseConnection connection = statement.getConnection().unwrap(BaseConnection.class);
        statement.setArray(index, new PgArray(connection, arrayOid, Arrays.copyOf(buffer, length)));
    }

    private void putInt(int at, int value) {
        buffer[at] = (byte) (value >>> 24);
        buffer[at + 1] = (byte) (value >>> 16);
        buffer[at + 2] = (byte) (value >>> 8);
        buffer[at + 3] = (byte) value;
    }
}
