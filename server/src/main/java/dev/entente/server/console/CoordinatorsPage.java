package dev.entente.server.console;

import dev.entente.server.console.part.Part;
import java.util.List;

/** The coordinators of the database: the living, the lately dead, and the dead that still hold transactions. */
public record CoordinatorsPage(Part<List<CoordinatorRow>> rows) {
    static CoordinatorsPage of(Pages.Coordinators coordinators) {
        return new CoordinatorsPage(coordinators.listed().map(_ -> coordinators.rows()));
    }
}
