"""Common last names in English-speaking countries: decoys for a shop with few customers."""

from __future__ import annotations

_LISTED = """
    Adams Aguilar Ahmed Alexander Ali Allen Anderson Andersson Andrews Armstrong Arnold Austin
    Bailey Baker Bakker Barker Barnes Barton Bates Beale Beck Becker Bell Bennett Berry Black
    Blake Boyd Bradley Braun Brooks Brown Bryant Burns Burton Butler Byrne Cain Campbell
    Carpenter Carroll Carter Castillo Chavez Chen Clark Clarke Cole Coleman Collins Conn Connor
    Connors Cook Cooper Costa Cox Crane Crawford Cruz Cunningham Dale Daniels Davis Dean Delgado
    Diaz Dixon Doe Dove Dow Doyle Drake Duncan Dunn Edwards Elliott Ellis Evans Ferguson
    Ferreira Fischer Fisher Flores Ford Foster Fox Franklin Freeman Garcia Gardner Gates Gibson
    Gomez Gonzales Gonzalez Gordon Graham Grant Gray Green Greene Griffin Guzman Hahn Hale Hall
    Hamilton Hansen Harper Harris Harrison Hart Hassan Hawkins Hayes Henderson Henry Hernandez
    Herrera Hicks Hill Hoffman Hogan Holmes Horton Howard Huang Hudson Hughes Hunt Hunter
    Hussein Ivanov Jackson James Jansen Jenkins Johansson Johnson Jonas Jones Jordan Jung Kahn
    Kan Kane Keane Keller Kelley Kelly Kennedy Khan Kim King Knight Kovacs Kowalski Lane Larsen
    Law Lawrence Lawson Lee Leigh Lewin Lewis Li Lin Liu Logan Long Lopez Louis Lowe Marks
    Marshall Martin Martinez Martins Mason Matthews McDonald Medina Mendoza Meyer Miller Mills
    Mitchell Moe Moore Morgan Morris Morton Muller Murphy Murray Myers Neal Neill Nelson Neumann
    Newman Nguyen Nichols Nilsson Nolan Norton Novak O'Connor Olson Ortiz Owen Owens Palmer Park
    Parker Parks Parsons Patel Patterson Payne Pena Pereira Perez Perkins Perry Peters Peterson
    Petrov Phillips Pierce Popov Porter Powell Price Quinn Ramirez Ramos Ray Read Reed Reid
    Reynolds Rhodes Rice Richardson Riley Rios Rivera Robbins Roberts Robertson Robinson Rodgers
    Rodriguez Rogers Romero Rose Ross Rossi Rowe Ruiz Russell Ryan Salazar Sanchez Sanders
    Santos Schmidt Schneider Scott Shaw Silva Simmons Simpson Sims Singh Smith Snyder Sparks
    Spencer Stark Steele Stephens Stevens Stewart Stone Sullivan Tate Taylor Thomas Thompson
    Torres Tran Tucker Turner Vargas Vasquez Vega Wade Wagner Walker Wallace Walsh Walters Wang
    Ward Warren Washington Waters Watkins Watson Weaver Webb Weber Welch Wells West White Willis
    Wilson Winston Wood Wright Wu Yang Yoon Young Zhang
"""
COMMON = tuple(_LISTED.split())
