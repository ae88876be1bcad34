"""The style sheet of the window: what Fusion and the palette cannot say. `@name` stands for a theme colour.

Dynamic properties that it knows: `role` = "primary" (filled button), "quiet" (button without a frame), "view" (one of a row of views),
"legend" (the switch of a curve), "heading" (section title), "muted" (secondary text), "number" (mono), "error", "warning".
"""

TEMPLATE = """
* { font-family: "@text_family"; font-size: 12px; outline: none; }
QMainWindow, QDialog { background: @window; }
QMainWindow::separator { background: @line; width: 1px; height: 1px; }
QToolTip { background: @raised; color: @text; border: 1px solid @line; border-radius: 6px; padding: 6px 8px; }

QLabel { background: transparent; }
QLabel[role="title"] { font-size: 15px; font-weight: 600; }
QLabel[role="heading"] { color: @muted; font-size: 11px; font-weight: 600; }
QLabel[role="muted"] { color: @muted; }
QLabel[role="number"] { font-family: "@number_family"; font-size: 11px; }
QLabel[role="error"] { color: @error; }
QLabel[role="warning"] { color: @warning; }

QPushButton, QToolButton {
    background: @raised; color: @text; border: 1px solid @line; border-radius: 8px; padding: 6px 14px;
}
QPushButton:hover, QToolButton:hover { background: @hover; }
QPushButton:pressed, QToolButton:pressed { background: @line; }
QPushButton:disabled, QToolButton:disabled { color: @faint; }
QPushButton:focus, QToolButton:focus { border-color: @accent; }
QPushButton[role="primary"] {
    background: @accent; color: @on_accent; border-color: @accent; font-weight: 600;
}
QPushButton[role="primary"]:disabled { background: @raised; color: @faint; border-color: @line; }
QPushButton[role="quiet"], QToolButton[role="quiet"] {
    background: transparent; border-color: transparent; padding: 4px 6px;
}
QPushButton[role="quiet"]:hover, QToolButton[role="quiet"]:hover { background: @hover; }
QPushButton[role="quiet"]:focus, QToolButton[role="quiet"]:focus { border-color: @accent; }
QPushButton[role="primary"]:focus { border-color: @text; }
QToolButton[role="view"] { background: transparent; border-color: transparent; color: @muted; padding: 4px 9px; }
QToolButton[role="view"]:hover { color: @text; }
QToolButton[role="view"]:checked { background: @hover; color: @text; font-weight: 600; }
QToolButton[role="view"]:focus { border-color: @accent; }
QToolButton[role="legend"] {
    background: transparent; border-color: transparent; padding: 1px 2px; border-radius: 5px;
    font-family: "@number_family"; font-size: 11px;
}
QToolButton[role="legend"]:hover { background: @hover; }
QToolButton[role="legend"]:focus { border-color: @accent; }
QToolButton::menu-indicator { image: none; }

QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox, QPlainTextEdit, QTextEdit, QTextBrowser {
    background: @field; color: @text; border: 1px solid @line; border-radius: 7px; padding: 4px 8px;
    selection-background-color: @accent; selection-color: @on_accent;
}
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus, QPlainTextEdit:focus {
    border-color: @accent;
}
QLineEdit[role="number"], QComboBox[role="number"], QPlainTextEdit[role="number"] {
    font-family: "@number_family";
}
QLineEdit[state="error"], QSpinBox[state="error"], QDoubleSpinBox[state="error"] { border-color: @error; }
QSpinBox, QDoubleSpinBox { font-family: "@number_family"; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QComboBox::drop-down { border: none; width: 20px; }
QComboBox QAbstractItemView { background: @raised; border: 1px solid @line; padding: 4px; }

QListView, QTreeView, QTableView, QListWidget, QTreeWidget, QTableWidget {
    background: transparent; border: 1px solid transparent; border-radius: 8px; alternate-background-color: @raised;
    selection-background-color: @hover; selection-color: @text;
}
QListView:focus, QTreeView:focus, QTableView:focus { border-color: @accent; }
CanvasView { border: 1px solid transparent; }
CanvasView[ring="true"] { border-color: @accent; }
QListView::item, QTreeView::item { padding: 3px 6px; border-radius: 6px; }
QListView::item:hover, QTreeView::item:hover { background: @hover; }
QListView::item:selected, QTreeView::item:selected { background: @hover; color: @text; }
QHeaderView { background: transparent; }
QHeaderView::section {
    background: transparent; color: @muted; border: none; border-bottom: 1px solid @line; padding: 5px 8px;
}
QHeaderView::up-arrow, QHeaderView::down-arrow {
    width: 9px; height: 9px; subcontrol-origin: padding; subcontrol-position: center left;
}
#costs QHeaderView::section { padding: 5px 4px; font-size: 11px; }
#costs::item { padding: 3px 3px; }
#runs::item, #contestants::item, #settings::item { padding: 0 8px; }
QTableView::item:hover { background: @raised; }
QTableView::item:selected { background: @hover; color: @text; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QTableView { gridline-color: @line; }

QMenuBar { background: @window; color: @text; border-bottom: 1px solid @line; }
QMenuBar::item { background: transparent; padding: 5px 9px; border-radius: 6px; }
QMenuBar::item:selected { background: @hover; }
QMenu { background: @raised; color: @text; border: 1px solid @line; padding: 5px; }
QMenu::item { padding: 5px 26px 5px 12px; border-radius: 5px; }
QMenu::item:selected { background: @hover; }
QMenu::item:disabled { color: @faint; }
QMenu::separator { height: 1px; background: @line; margin: 5px 8px; }

QToolBar { background: @window; border: none; border-bottom: 1px solid @line; spacing: 8px; padding: 6px; }
QStatusBar { background: @window; color: @muted; border-top: 1px solid @line; }
QStatusBar::item { border: none; }
QDockWidget { color: @text; }
QDockWidget::title { background: @panel; padding: 7px 12px; border-bottom: 1px solid @line; }

QTabWidget::pane { border: none; border-top: 1px solid @line; }
QTabBar { background: transparent; qproperty-drawBase: 0; }
QTabBar::tab {
    background: transparent; color: @muted; border: none; border-bottom: 2px solid transparent;
    padding: 8px 14px;
}
QTabBar::tab:hover { color: @text; }
QTabBar::tab:selected { color: @text; border-bottom-color: @accent; font-weight: 600; }

QTabBar::tab:selected:focus { background: @hover; border-radius: 6px; }

QSlider::groove:horizontal { background: @line; height: 4px; border-radius: 2px; }
QSlider::sub-page:horizontal { background: @accent; border-radius: 2px; }
QSlider::handle:horizontal {
    background: @text; border: 2px solid @panel; width: 10px; margin: -5px 0; border-radius: 7px;
}
QSlider::handle:horizontal:hover { background: @accent; }
QSlider::handle:horizontal:focus { background: @accent; border-color: @text; }
QSlider:focus { border: 1px solid @accent; border-radius: 6px; }

QProgressBar {
    background: @field; border: none; border-radius: 3px; max-height: 6px; min-height: 6px; text-align: right;
}
QProgressBar::chunk { background: @accent; border-radius: 3px; }

QScrollArea { background: transparent; border: none; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: @line; border-radius: 4px; margin: 1px; min-height: 28px; min-width: 28px; }
QScrollBar::handle:hover { background: @faint; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QSplitter::handle { background: @line; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QCheckBox, QRadioButton { spacing: 8px; background: transparent; }
QCheckBox::indicator { width: 14px; height: 14px; border: 1px solid @muted; border-radius: 4px; background: transparent; }
QCheckBox::indicator:checked { background: @accent; border-color: @accent; image: url("@check"); }
QCheckBox::indicator:focus { border-color: @text; }
QCheckBox::indicator:disabled { border-color: @line; }
QGroupBox { border: 1px solid @line; border-radius: 8px; margin-top: 10px; padding: 10px; }
QGroupBox::title { subcontrol-origin: margin; left: 10px; color: @muted; }

QDockWidget > QWidget { background: @panel; }
#topbar { background: @window; border: none; border-bottom: 1px solid @line; }
#topbar QMenuBar { background: transparent; border: none; }
QLabel[role="product"] { font-size: 14px; font-weight: 600; }
QLabel[role="chip"] {
    font-family: "@number_family"; font-size: 11px; color: @muted; background: @panel;
    border: 1px solid @line; border-radius: 8px; padding: 0 14px;
}
QLabel[role="small"] { font-size: 10px; color: @muted; }
QLabel[role="card-title"] { font-weight: 600; }
QLabel[role="command"] { font-family: "@number_family"; font-size: 10px; color: @muted; }
QFrame[role="card"] { background: @canvas; border: 1px solid @line; border-radius: 10px; }
QFrame[role="line"] { background: @line; border: none; max-height: 1px; min-height: 1px; }
QLineEdit[role="title"] {
    background: transparent; border: 1px solid transparent; font-size: 15px; font-weight: 600; padding: 0;
}
QLineEdit[role="title"]:hover { border-bottom-color: @line; border-radius: 0; }
QLineEdit[role="title"]:focus { border-bottom-color: @accent; border-radius: 0; }
QToolButton[role="quiet"] { padding: 2px; }
QFileDialog QToolButton { padding: 3px; }
QTabBar#documents::tab {
    background: transparent; color: @muted; border: 1px solid transparent; border-radius: 8px;
    padding: 0 6px 0 12px; margin-right: 3px; height: 30px; font-weight: 400;
}
QTabBar#documents::tab:hover { background: @hover; color: @text; }
QTabBar#documents::tab:selected { background: @panel; color: @text; border: 1px solid @line; font-weight: 400; }
QTabBar#documents[resting="true"]::tab:selected { background: transparent; color: @muted; border-color: transparent; }
QLabel[role="headline"] { font-size: 20px; font-weight: 600; }
#family::item { padding: 0 8px; border-radius: 0; }
#family::item:hover, #family::item:selected { background: @raised; }
#versions::item { padding: 3px 14px 3px 8px; }
#startpage, #startbody { background: @canvas; }
QPushButton[role="way"] {
    background: @raised; border: 1px solid @line; border-radius: 12px; padding: 0; text-align: left;
}
QPushButton[role="way"]:hover { background: @hover; border-color: @faint; }
QPushButton[role="way"][state="recommended"], QPushButton[role="way"]:focus { border-color: @accent; }
#callout { background: @raised; border: 1px solid @accent; border-radius: 12px; }
QTabBar#documents::tear { image: none; width: 0; }
QTabBar#documents QToolButton {
    background: @window; border: none; border-radius: 0; padding: 0; margin: 0; width: 18px;
}
QTabBar#documents QToolButton:hover { background: @hover; }
#noticebar { background: @raised; border: none; border-bottom: 1px solid @line; }
#pattern { background: @panel; border: 1px solid @line; border-radius: 10px; }
QLineEdit[role="pattern"] {
    background: transparent; border: none; padding: 3px 0; font-family: "@number_family"; font-size: 12px;
}
#toast { background: @raised; border: 1px solid @line; border-radius: 10px; }
#chooser { background: @panel; border: 1px solid @line; border-radius: 12px; }
QScrollArea > QWidget > QWidget { background: transparent; }
"""
