package dev.entente.server.store.writer;

import dev.entente.server.store.ArrayColumn;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The columns of a batch statement. Each column is named once; its text, parameters and clearing follow from that. The
 * next batch reuses the arrays.
 */
final class BatchColumns {
    private final List<ArrayColumn> columns = new ArrayList<>();
    private final List<String> names = new ArrayList<>();

    ArrayColumn booleans(String name) {
        return add(name, ArrayColumn.ofBooleans());
    }

    ArrayColumn shorts(String name) {
        return add(name, ArrayColumn.ofShorts());
    }

    ArrayColumn ints(String name) {
        return add(name, ArrayColumn.ofInts());
    }

    ArrayColumn longs(String name) {
        return add(name, ArrayColumn.ofLongs());
    }

    ArrayColumn texts(String name) {
        return add(name, ArrayColumn.ofTexts());
    }

    ArrayColumn bytes(String name) {
        return add(name, ArrayColumn.ofBytes());
    }

    private ArrayColumn add(String name, ArrayColumn column) {
        names.add(name);
        columns.add(column);
        return column;
    }

    /** Returns the columns as rows of {@code u}, for the statement's {@code from}. */
    String rows() {
        String parameters = columns.stream().map(_ -> "?").collect(Collectors.joining(", "));
        return "unnest(" + parameters + ") u (" + String.join(", ", names) + ")";
    }

    boolean isEmpty() {
        return columns.getFirst().isEmpty();
    }

    void clear() {
        columns.forEach(ArrayColumn::clear);
    }

    /** Binds the columns at the position of {@link #rows} in the text. */
    void bind(Parameters parameters) throws SQLException {
        for (ArrayColumn column : columns) {
            parameters.add(column);
        }
    }
}
