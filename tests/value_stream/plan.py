"""What is drawn from the seed: names, quantities, lots, times, disturbances."""

import random
from dataclasses import dataclass, field

TOWNS = [
    ("Dayton", "OH", "45402"),
    ("Boise", "ID", "83702"),
    ("Tulsa", "OK", "74103"),
    ("Erie", "PA", "16501"),
    ("Macon", "GA", "31201"),
    ("Provo", "UT", "84601"),
    ("Salem", "OR", "97301"),
    ("Fargo", "ND", "58102"),
]
RIDERS = ["Ridgeline", "Two Wheels", "Northwind", "Velocity", "Old Mill", "Harbor", "Cascade", "Lantern"]
MAKERS = ["Atlas", "Corvus", "Helios", "Juniper", "Kestrel", "Meridian", "Orion", "Talus"]
STREETS = ["Mill Street", "Canal Road", "Station Way", "Foundry Lane", "Orchard Avenue", "Harbor Drive"]
MODELS = ["Swift", "Heron", "Comet", "Otter", "Larch", "Falcon", "Breeze", "Pilot"]
#: units of measure of the floor that nobody at the company has met before
STRANGE_UNITS = ["STK", "SZT", "BUC", "KPL", "ADET", "PZ", "UDS"]
DOWN = ["Tool worn", "No compressed air", "Sensor dirty", "Fuse blown"]
SCRAP = ["Dented", "Low voltage", "Leaking", "Wrong polarity"]
FAULTS = ["Brake drags", "Display flickers", "Spoke loose", "Range below limit"]


@dataclass
class Plan:
    """All draws of a run; the same seed gives the same plan.

    Times are minutes, prices in the company's currency, quantities in pieces.
    """

    seed: int
    dice: random.Random = field(init=False, repr=False)

    def __post_init__(self):
        self.dice = dice = random.Random(self.seed)
        self.bicycles, self.lots = 2, 0
        self.customer, self.walk_in = f"{dice.choice(RIDERS)} Cycles Inc.", f"{dice.choice(RIDERS)} Rentals"
        self.supplier = f"{dice.choice(MAKERS)} Parts LLC"
        self.customer_place, self.supplier_place = self._place(), self._place()
        self.control_number = dice.randint(1000, 9999999)
        self.customer_code = f"C{dice.randint(10000, 99999)}"
        self.supplier_code = f"V{dice.randint(10000, 99999)}"
        self.company_code = f"EB{dice.randint(10000, 99999)}"
        self._draw_items()
        self._draw_stock()
        self._draw_floor()
        self._draw_disturbances()

    def _draw_items(self):
        dice = self.dice
        self.model = dice.choice(MODELS)
        mark = f"{self.model[:2].upper()}{dice.randint(10, 99)}"
        self.bicycle, self.battery, self.frame, self.motor, self.cell, self.saddle = (
            f"{part}-{mark}" for part in ("BIKE", "PACK", "FRAME", "MOTOR", "CELL", "SADDLE")
        )
        self.price = dice.randrange(180000, 320000, 500) / 100
        self.costs = {
            self.frame: dice.randrange(12000, 30000, 25) / 100,
            self.motor: dice.randrange(15000, 40000, 25) / 100,
            self.cell: dice.randrange(150, 600, 5) / 100,
            self.saddle: dice.randrange(1000, 4000, 5) / 100,
        }
        self.cells_per_battery = dice.randint(8, 30)

    def _draw_stock(self):
        dice = self.dice
        cells = self.bicycles * self.cells_per_battery
        first = dice.randint(1, cells - 1)
        #: on hand at the start, {item: [[lot, quantity], …]}; of frames or motors not all that two bicycles need
        self.stock = {
            self.cell: [[self._lot("C"), first], [self._lot("C"), cells - first + dice.randint(5, 40)]],
            self.frame: [],
            self.motor: [],
            # nobody touches these; they are there to be counted
            self.saddle: [[self._lot("S"), dice.randint(5, 60)] for _ in range(dice.randint(3, 6))],
        }
        for item in dice.sample([self.frame, self.motor], dice.randint(0, 1)):
            self.stock[item] = [[self._lot(item[0]), 1]]
        #: what the supplier's notice will say, {item: [[lot, quantity], …]}
        self.bought = {}
        for item in (self.frame, self.motor):
            missing = self.bicycles - sum(quantity for _lot, quantity in self.stock[item])
            split = missing > 1 and dice.random() < 0.5
            self.bought[item] = (
                [[self._lot(item[0]), 1] for _ in range(missing)] if split else [[self._lot(item[0]), missing]]
            )

    def _draw_floor(self):
        dice = self.dice
        self.cost_hour = {name: dice.randrange(30, 120, 5) for name in ("Cell line", "Assembly", "Test bench")}
        self.routings = {
            self.battery: [("Weld cells", "Cell line"), ("Test pack", "Test bench")],
            self.bicycle: [("Mount drive", "Assembly"), ("Wire and fit", "Assembly"), ("Test ride", "Test bench")],
        }
        #: minutes that an operation takes by plan, for one piece
        self.planned = {item: [dice.randint(6, 40) for _ in steps] for item, steps in self.routings.items()}
        #: minutes it took: batteries all at once, bicycles one by one
        self.battery_minutes = [dice.randint(10, 80) for _ in self.routings[self.battery]]
        self.bicycle_minutes = [
            [dice.randint(6, 40) for _ in self.routings[self.bicycle]] for _ in range(self.bicycles)
        ]
        self.battery_lot = self._lot("P")
        self.serials = [self._lot("EB") for _ in range(self.bicycles)]

    def _draw_disturbances(self):
        dice = self.dice
        self.scrapped, self.scrap_reason = dice.randint(1, 4), dice.choice(SCRAP)
        self.down_minutes, self.down_reason = dice.randint(5, 45), dice.choice(DOWN)
        self.down_at = dice.choice(list(self.cost_hour))
        self.fault = dice.choice(FAULTS)
        self.strange_unit = dice.choice(STRANGE_UNITS)
        self.tracking = f"1Z{dice.randrange(10**15, 10**16)}"
        self.carrier = dice.choice(["UPSN", "FDEG", "ODFL"])
        self.miscounted = {"item": self.saddle, "lot": dice.choice(self.stock[self.saddle])[0]}
        self.miscounted["difference"] = dice.choice([-3, -2, -1, 1, 2, 3])

    # -- what follows from the draws

    def cells_used(self):
        """Cells of the batteries by lot, the older lot first: [(lot, quantity), …]."""
        left, used = self.bicycles * self.cells_per_battery, []
        for lot, quantity in self.stock[self.cell]:
            used.append((lot, min(left, quantity)))
            left -= used[-1][1]
        return used

    @staticmethod
    def center_code(name):
        """The code of a work center, which both sides share."""
        return name.upper().replace(" ", "-")

    def scrap_lot(self):
        """The lot of the cells that are scrapped; it has some to spare."""
        return self.stock[self.cell][-1][0]

    def lot_of(self, item, number):
        """The lot of a part of one bicycle."""
        if item == self.battery:
            return self.battery_lot
        pieces = [lot for lot, quantity in self.stock[item] + self.bought[item] for _ in range(quantity)]
        return pieces[number]

    def _place(self):
        return (f"{self.dice.randint(1, 999)} {self.dice.choice(STREETS)}", *self.dice.choice(TOWNS))

    def _lot(self, letter):
        self.lots += 1
        return f"{letter}{self.dice.randint(1000, 9999)}{self.lots:02d}"
