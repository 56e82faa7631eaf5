package dev.entente.server.store.writer;

import dev.entente.server.store.ArrayColumn;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** The parameters of a batch, bound one after another. */
final class Parameters {
    private final PreparedStatement statement;
    private int index;

    Parameters(PreparedStatement statement) {
        this.statement = statement;
    }

    Parameters add(long value) throws SQLException {
        statement.setLong(++index, value);
        return this;
    }

    Parameters add(ArrayColumn column) throws SQLException {
        column.bind(statement, ++index);
        return this;
    }

    Parameters add(BatchColumns columns) throws SQLException {
        columns.bind(this);
        return this;
    }
}
